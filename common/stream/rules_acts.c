/* How a control record enters the state: in what order its acts apply, and what must hold around them. */
#include "stream/rules_state.h"

#include <stdlib.h>

#include "base/unpack.h"

/* Acts of a record apply in this order, those of one phase as they stand. What is carried comes first, for it may bring
 * the signer; the epoch comes after everything that changes who it is for. */
enum phase { PHASE_CARRY, PHASE_CARRIER, PHASE_MEMBERS, PHASE_EPOCH, PHASE_LAST };

/* X(member of Act, kinds of stream it belongs to, phase, function) */
#define ACT_TABLE(X)                                                                                                   \
    X(carried, RB_STREAM_SHARED, PHASE_CARRY, rb_rules_carry)                                                          \
    X(carried, RB_STREAM_SHARED, PHASE_CARRIER, rb_rules_check_carrier)                                                \
    X(add_device, RB_STREAM_HOME, PHASE_MEMBERS, rb_rules_add_device)                                                  \
    X(revoke_device, RB_STREAM_HOME, PHASE_MEMBERS, rb_rules_revoke_device)                                            \
    X(add_recovery, RB_STREAM_HOME, PHASE_MEMBERS, rb_rules_add_recovery)                                              \
    X(retire_recovery, RB_STREAM_HOME, PHASE_MEMBERS, rb_rules_retire_recovery)                                        \
    X(add_member, RB_STREAM_SHARED, PHASE_MEMBERS, rb_rules_add_member)                                                \
    X(remove_member, RB_STREAM_SHARED, PHASE_MEMBERS, rb_rules_remove_member)                                          \
    X(set_role, RB_STREAM_SHARED, PHASE_MEMBERS, rb_rules_set_role)                                                    \
    X(new_epoch, RB_STREAM_HOME | RB_STREAM_SHARED, PHASE_EPOCH, rb_rules_new_epoch)                                   \
    X(account_key, RB_STREAM_HOME, PHASE_LAST, rb_rules_set_account_key)                                               \
    X(box_not_opened, RB_STREAM_HOME | RB_STREAM_SHARED, PHASE_LAST, rb_rules_box_not_opened)

static rb_result
apply_act(struct rb_rules_step *step, const Rb__Act *act, enum phase phase, struct rebound_error *err)
{
#define APPLY(member, kinds, when, function)                                                                           \
    if (act->member && !((unsigned)step->state->kind & (unsigned)(kinds)))                                             \
        return rb_rules_broken(err, "an act does not belong to this kind of stream");                                  \
    if (act->member && phase == (when))                                                                                \
        return function(step, act->member, err);
    ACT_TABLE(APPLY)
#undef APPLY
    if (act->genesis)
        return rb_rules_broken(err, "a stream is founded by its first record alone");
    return REBOUND_OK;
}

static rb_result
apply_phase(struct rb_rules_step *step, enum phase phase, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < step->body->n_acts; i++)
        TRY(apply_act(step, step->body->acts[i], phase, err));
out:
    return rc;
}

static int
compare_keys(const void *a, const void *b)
{
    return rb_box_key_compare(a, b);
}

/* Are the boxes for exactly these recipients, each once? Sorts both lists. */
static bool
is_same_set(struct rb_box_key *a, struct rb_box_key *b, size_t n)
{
    qsort(a, n, sizeof *a, compare_keys);
    qsort(b, n, sizeof *b, compare_keys);
    for (size_t i = 0; i < n; i++) {
        if (!rb_box_key_equal(&a[i], &b[i]) || (i > 0 && rb_box_key_equal(&a[i], &a[i - 1])))
            return false;
    }
    return true;
}

static rb_result
check_boxes(const struct rb_rules_step *step, const Rb__NewEpoch *act, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    size_t n = rb_rules_state_recipients(step->state, NULL, 0);
    struct rb_box_key *keys = NULL;

    if (n == 0 || n != act->n_boxes)
        TRY(rb_rules_broken(err, "an epoch has %zu boxes for %zu recipients", act->n_boxes, n));
    keys = calloc(2 * n, sizeof *keys);
    if (!keys)
        TRY(rb_no_memory(err));
    (void)rb_rules_state_recipients(step->state, keys, n);
    for (size_t i = 0; i < n; i++) {
        if (!rb_box_key_from(&keys[n + i], rb_pb_slice(act->boxes[i]->recipient)))
            TRY(rb_fail(err, REBOUND_BAD_FORMAT, "a box has a wrong recipient"));
    }
    if (!is_same_set(keys, keys + n, n))
        TRY(rb_rules_broken(err, "an epoch's boxes are not for exactly its recipients"));
out:
    free(keys);
    return rc;
}

rb_result
rb_rules_new_epoch(struct rb_rules_step *step, const Rb__NewEpoch *act, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    bool may = step->state->kind == RB_STREAM_HOME || step->signer.role == RB_ROLE_OWNER || step->carries_own ||
               step->leaves;

    if (!may)
        TRY(rb_rules_broken(err, "its signer may not begin an epoch"));
    if (step->has_new_epoch)
        TRY(rb_rules_broken(err, "two epochs in one record"));
    if (act->number != step->state->epoch + 1)
        TRY(rb_rules_broken(err, "an epoch's number is not the next"));
    if ((act->has_prior != 0) != (act->number > 1))
        TRY(rb_rules_broken(err, "an epoch must carry the key of the one before it"));
    TRY(check_boxes(step, act, err));
    if (!rb_hash_from(&step->commitment, rb_pb_slice(act->commitment)))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "an epoch's commitment has a wrong length"));
    step->has_new_epoch = true;
    step->state->epoch = act->number;
out:
    return rc;
}

rb_result
rb_rules_box_not_opened(struct rb_rules_step *step, const Rb__BoxNotOpened *act, struct rebound_error *err)
{
    if (step->signer.is_recovery)
        return rb_rules_broken(err, "only a device says that a box did not open");
    if (act->number == 0 || act->number > step->state->epoch)
        return rb_rules_broken(err, "a box is of an epoch that was never begun");
    return REBOUND_OK;
}

static rb_result
check_follows(const struct rb_rules *rules, const struct rb_record *record, struct rebound_error *err)
{
    const struct rb_head *head = &rules->state.head;

    if (record->header.kind != RB_RECORD_CONTROL || record->body.len == 0)
        return rb_fail(err, REBOUND_BAD_FORMAT, "this is not a whole control record");
    if (head->sequence > 0 && record->header.sequence > 1 &&
        !rb_stream_id_equal(&record->header.stream, &rules->state.stream))
        return rb_rules_broken(err, "it is of another stream");
    if (record->header.sequence != head->sequence + 1 || !rb_record_id_equal(&record->header.previous, &head->id))
        return rb_fail(err, REBOUND_BUSY, "a control record does not follow the latest one");
    return REBOUND_OK;
}

/* Only after carrying is it known who may sign in a shared stream. */
static rb_result
find_signer(struct rb_rules_step *step, struct rebound_error *err)
{
    const struct rb_rules_device *device = rb_rules_state_device(step->state, &step->record->header.author);
    const struct rb_rules_member *member;

    if (!device || !rb_rules_state_is_current(step->state, &device->key))
        return rb_rules_broken(err, "its signer has no right in this stream");
    member = rb_rules_state_member(step->state, &device->account);
    step->signer = (struct rb_rules_signer){.key = device->key,
                                            .account = device->account,
                                            .place = rb_rules_state_place(step->state, device),
                                            .is_recovery = device->is_recovery,
                                            .role = member ? member->role : RB_ROLE_NONE};
    return REBOUND_OK;
}

static rb_result
found(struct rb_rules_step *step, bool home_only, struct rebound_error *err)
{
    const Rb__Genesis *act = step->body->acts[0]->genesis;

    if (step->body->n_acts != 1 || !act)
        return rb_rules_broken(err, "a stream's first record founds it and does nothing else");
    if (!rb_hash_from(&step->state->nonce, rb_pb_slice(act->nonce)))
        return rb_fail(err, REBOUND_BAD_FORMAT, "a genesis record's nonce has a wrong length");
    rb_stream_id_of_genesis(step->record->body, &step->state->stream);
    if (act->kind == RB__GENESIS__KIND__HOME)
        return rb_rules_found_home(step, act, err);
    if (home_only)
        return rb_rules_broken(err, "what it carries is not an account");
    return rb_rules_found_shared(step, act, err);
}

static rb_result
apply_acts(struct rb_rules_step *step, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(apply_phase(step, PHASE_CARRY, err));
    TRY(find_signer(step, err));
    for (enum phase phase = PHASE_CARRIER; phase <= PHASE_LAST; phase++)
        TRY(apply_phase(step, phase, err));
out:
    return rc;
}

static rb_result
check_result(const struct rb_rules_step *step, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (step->needs_epoch && !step->has_new_epoch)
        TRY(rb_rules_broken(err, "who is shut out would read on: a new epoch is missing"));
    if (step->record->header.epoch != step->state->epoch)
        TRY(rb_rules_broken(err, "its header names another epoch than its acts make"));
    if (rb_rules_state_recipients(step->state, NULL, 0) > RB_CONTROL_BOXES_MAX)
        TRY(rb_rules_broken(err, "more than %d recipients", RB_CONTROL_BOXES_MAX));
    if (step->state->kind == RB_STREAM_SHARED)
        TRY(rb_rules_check_members(step, err));
out:
    return rc;
}

/* Makes the step's state the rules' own. All that can fail comes first. */
static rb_result
commit(struct rb_rules *rules, struct rb_rules_step *step, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    struct rb_rules_control control = {.id = step->record->id, .epoch = step->state->epoch};

    TRY(rb_rules_vec_reserve(&rules->controls, err));
    if (step->has_new_epoch)
        TRY(rb_rules_vec_add(&rules->commitments, &step->commitment, err));
    TRY(rb_rules_vec_add(&rules->controls, &control, err)); /* can't fail: there is room */
    step->state->head = (struct rb_head){.sequence = step->number, .id = step->record->id};
    rb_rules_state_free(&rules->state);
    rules->state = *step->state;
    rb_rules_state_init(step->state); /* now owned by rules */
out:
    return rc;
}

/* Right before signature, signature before what is inside: nobody else's record is looked into. In a shared stream a
 * signer may be brought by the record itself, so there an unknown one passes until the acts were read, but what can't
 * be read is then no reason to believe in a newer version. */
static rb_result
open_body(const struct rb_rules *rules, const struct rb_record *record, bool trusted, Rb__ControlBody **out,
          struct rebound_error *err)
{
    bool is_known = record->header.sequence == 1 || rb_rules_is_current(rules, &record->header.author);
    enum rebound_code rc = REBOUND_OK;

    if (!is_known && rules->state.kind == RB_STREAM_HOME)
        TRY(rb_rules_broken(err, "its signer has no right in this stream"));
    if (!trusted)
        TRY(rb_record_verify(record, err));
    rc = rb_control_decode(record, out, err);
    if (rc == REBOUND_TOO_NEW && !is_known)
        rc = rb_rules_broken(err, "its signer has no right in this stream");
out:
    return rc;
}

static rb_result
apply(struct rb_rules *rules, const struct rb_record *record, bool trusted, bool home_only, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    Rb__ControlBody *body = NULL;
    struct rb_rules_state state;
    struct rb_rules_step step = {
        .state = &state, .record = record, .number = record->header.sequence, .trusted = trusted};

    rb_rules_state_init(&state);
    TRY(check_follows(rules, record, err));
    TRY(open_body(rules, record, trusted, &body, err));
    TRY(rb_rules_state_copy(&rules->state, &state, err));
    step.body = body;
    if (step.number == 1)
        TRY(found(&step, home_only, err));
    else
        TRY(apply_acts(&step, err));
    TRY(check_result(&step, err));
    TRY(commit(rules, &step, err));
out:
    rb_rules_state_free(&state);
    rb_control_free(body);
    return rc;
}

rb_result
rb_rules_apply(struct rb_rules *rules, const struct rb_record *record, struct rebound_error *err)
{
    return apply(rules, record, false, false, err);
}

rb_result
rb_rules_apply_trusted(struct rb_rules *rules, const struct rb_record *record, struct rebound_error *err)
{
    return apply(rules, record, true, false, err);
}

rb_result
rb_rules_apply_home(struct rb_rules *rules, const struct rb_record *record, bool trusted, struct rebound_error *err)
{
    return apply(rules, record, trusted, true, err);
}
