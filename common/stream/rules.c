#include "stream/rules.h"

#include "stream/rules_state.h"

/* Why a sealed record does not count; said in one place so that both sides say the same. */
#define no_right(err, why) rb_fail(err, REBOUND_TAMPERED, "a record does not count: %s", why)

/* The time in which the device's records naming control record n count, NULL when there is none. */
static const struct rb_rules_span *
span_at(const struct rb_rules *rules, const struct rb_rules_device *device, uint64_t n)
{
    const struct rb_rules_span *spans = rules->state.spans.items;
    size_t place = rb_rules_state_place(&rules->state, device);

    for (size_t i = 0; i < rules->state.spans.n; i++) {
        if (spans[i].device == place && spans[i].from <= n && (spans[i].to == 0 || n < spans[i].to))
            return &spans[i];
    }
    return NULL;
}

static bool
is_beyond_cut(const struct rb_rules_span *span, const struct rb_record *record)
{
    if (span->to == 0 || record->header.sequence < span->cut.sequence)
        return false;
    return record->header.sequence > span->cut.sequence || !rb_record_id_equal(&record->id, &span->cut.id);
}

rb_result
rb_rules_check_sealed(const struct rb_rules *rules, const struct rb_record *record, struct rebound_error *err)
{
    const struct rb_record_header *h = &record->header;
    const struct rb_rules_control *controls = rules->controls.items;
    const struct rb_rules_device *device = rb_rules_device(rules, &h->author);
    const struct rb_rules_span *span;
    uint64_t n;

    if (h->kind != RB_RECORD_SEALED || rules->state.head.sequence == 0 ||
        !rb_stream_id_equal(&h->stream, &rules->state.stream))
        return no_right(err, "it is not a sealed record of this stream");
    n = rb_rules_control_number(rules, &h->control);
    if (n == 0)
        return rb_fail(err, REBOUND_BUSY, "a record names a control record that is not here");
    if (h->epoch != controls[n - 1].epoch)
        return no_right(err, "its epoch is not that of the control record it names");
    if (!device)
        return no_right(err, "its author is no device of this stream");
    if (device->is_recovery)
        return no_right(err, "a recovery key writes nothing");
    span = span_at(rules, device, n);
    if (!span)
        return no_right(err, "its author had no right to write then");
    if (is_beyond_cut(span, record))
        return no_right(err, "it is beyond the last record that counts of its author");
    return REBOUND_OK;
}

enum rb_stream_kind
rb_rules_kind(const struct rb_rules *rules)
{
    return rules->state.kind;
}

const struct rb_stream_id *
rb_rules_stream(const struct rb_rules *rules)
{
    return &rules->state.stream;
}

const struct rb_head *
rb_rules_head(const struct rb_rules *rules)
{
    return &rules->state.head;
}

uint64_t
rb_rules_epoch(const struct rb_rules *rules)
{
    return rules->state.epoch;
}

const struct rb_hash *
rb_rules_nonce(const struct rb_rules *rules)
{
    return &rules->state.nonce;
}

const struct rb_hash *
rb_rules_epoch_commitment(const struct rb_rules *rules, uint64_t n)
{
    const struct rb_hash *commitments = rules->commitments.items;

    return n >= 1 && n <= rules->commitments.n ? &commitments[n - 1] : NULL;
}

/* From the end: most records name one of the latest. */
uint64_t
rb_rules_control_number(const struct rb_rules *rules, const struct rb_record_id *id)
{
    const struct rb_rules_control *controls = rules->controls.items;

    for (size_t n = rules->controls.n; n > 0; n--) {
        if (rb_record_id_equal(&controls[n - 1].id, id))
            return n;
    }
    return 0;
}

const struct rb_record_id *
rb_rules_control_id(const struct rb_rules *rules, uint64_t n)
{
    const struct rb_rules_control *controls = rules->controls.items;

    return n >= 1 && n <= rules->controls.n ? &controls[n - 1].id : NULL;
}

size_t
rb_rules_device_count(const struct rb_rules *rules)
{
    return rules->state.devices.n;
}

const struct rb_rules_device *
rb_rules_device_at(const struct rb_rules *rules, size_t i)
{
    const struct rb_rules_device *devices = rules->state.devices.items;

    return i < rules->state.devices.n ? &devices[i] : NULL;
}

const struct rb_rules_device *
rb_rules_device(const struct rb_rules *rules, const struct rb_device_key *key)
{
    return rb_rules_state_device(&rules->state, key);
}

bool
rb_rules_is_current(const struct rb_rules *rules, const struct rb_device_key *key)
{
    return rb_rules_state_is_current(&rules->state, key);
}

size_t
rb_rules_member_count(const struct rb_rules *rules)
{
    return rules->state.members.n;
}

const struct rb_rules_member *
rb_rules_member_at(const struct rb_rules *rules, size_t i)
{
    const struct rb_rules_member *members = rules->state.members.items;

    return i < rules->state.members.n ? &members[i] : NULL;
}

const struct rb_rules_member *
rb_rules_member(const struct rb_rules *rules, const struct rb_stream_id *account)
{
    return rb_rules_state_member(&rules->state, account);
}

const struct rb_box_key *
rb_rules_account_key(const struct rb_rules *rules)
{
    return rules->state.has_account_key ? &rules->state.account_key : NULL;
}

size_t
rb_rules_recipients(const struct rb_rules *rules, struct rb_box_key *out, size_t max)
{
    return rb_rules_state_recipients(&rules->state, out, max);
}

/* Cuts stand in three acts: which list an act holds. */
static size_t
cuts_of(const Rb__Act *act, Rb__Cut *const **out)
{
    if (act->revoke_device) {
        *out = &act->revoke_device->cut;
        return 1;
    }
    if (act->remove_member) {
        *out = act->remove_member->cuts;
        return act->remove_member->n_cuts;
    }
    if (act->carried) {
        *out = act->carried->cuts;
        return act->carried->n_cuts;
    }
    return 0;
}

bool
rb_rules_cuts(const struct rb_record *record,
              bool (*each)(void *ctx, const struct rb_device_key *author, const struct rb_head *cut), void *ctx)
{
    Rb__ControlBody *body = NULL;
    Rb__Cut *const *cuts = NULL;
    struct rb_device_key author;
    struct rb_head head;
    bool passed = rb_control_decode(record, &body, NULL) == REBOUND_OK;

    for (size_t i = 0; passed && i < body->n_acts; i++) {
        size_t n = cuts_of(body->acts[i], &cuts);

        for (size_t j = 0; passed && j < n; j++)
            passed = rb_rules_cut_read(cuts[j], &author, &head, NULL) == REBOUND_OK && each(ctx, &author, &head);
    }
    rb_control_free(body);
    return passed;
}
