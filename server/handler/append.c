#include "handler/handler_call.h"
#include "stream/chain.h"

#include <string.h>

#define CONTROL_ROOM (1u << 20)

/* An Append on its way: what it reads once, and the head of the author it saw last (batches are mostly of one author). */
struct appending {
    struct rbd_call *call;
    struct rbd_stream_row row;
    bool has_author;
    struct rb_device_key author;
    struct rb_head head;
    bool changed; /* the cache of rules went along */
    bool sealed;  /* a sealed record was stored */
    bool again;   /* the control records among these were here before the store was put back */
};

static uint32_t
refusal_of_rules(struct rbd_call *call, enum rebound_code code, uint32_t busy)
{
    switch (code) {
    case REBOUND_OK:
        return 0;
    case REBOUND_BUSY:
        return busy;
    case REBOUND_TAMPERED:
        return RB_REFUSAL_NOT_ALLOWED;
    case REBOUND_TOO_NEW:
        return RB_REFUSAL_UPDATE_NEEDED;
    case REBOUND_NO_MEMORY:
        return rbd_call_failed(call, code);
    default:
        return RB_REFUSAL_INVALID_RECORD;
    }
}

static uint32_t
load_head(struct appending *a, const struct rb_device_key *author)
{
    enum rebound_code code;

    if (a->has_author && rb_device_key_equal(&a->author, author))
        return 0;
    code = rbd_store_head(a->call->reader, &a->row, author, &a->head, &a->call->error);
    if (code != REBOUND_OK)
        return rbd_call_failed(a->call, code);
    a->author = *author;
    a->has_author = true;
    return 0;
}

/* A number below the head: the same record again is fine, another is not. */
static uint32_t
check_repeat(struct appending *a, const struct rb_record *record)
{
    struct rb_record_id stored;
    bool found;
    enum rebound_code code = rbd_store_record_id(a->call->reader, &a->row, &record->header.author,
                                                 record->header.sequence, &stored, &found, &a->call->error);

    if (code != REBOUND_OK)
        return rbd_call_failed(a->call, code);
    return found && rb_record_id_equal(&stored, &record->id) ? 0 : RB_REFUSAL_OTHER_BYTES;
}

static uint32_t
append_sealed(struct appending *a, const struct rb_record *record)
{
    struct rbd_call *call = a->call;
    const struct rb_rules *rules;
    enum rebound_code code;
    uint32_t refusal = load_head(a, &record->header.author);

    if (refusal != 0)
        return refusal;
    switch (rb_chain_place(&a->head, record)) {
    case RB_CHAIN_HEAD:
        return 0;
    case RB_CHAIN_KNOWN:
        return check_repeat(a, record);
    case RB_CHAIN_GAP:
        return RB_REFUSAL_GAP;
    case RB_CHAIN_FORKED:
        return RB_REFUSAL_OTHER_BYTES;
    case RB_CHAIN_NEXT:
        break;
    }
    (void)pthread_mutex_lock(&call->handler->lock);
    rules = rbd_rules_cached(call->handler, &a->row.stream);
    code = rules == NULL ? rb_fail(&call->error, REBOUND_FAILED, "the rules of a stream went away")
                         : rb_rules_check_sealed(rules, record, &call->error);
    (void)pthread_mutex_unlock(&call->handler->lock);
    refusal = refusal_of_rules(call, code, RB_REFUSAL_UNKNOWN_CONTROL);
    if (refusal != 0)
        return refusal;
    if (!call->request->verified && rb_record_verify(record, &call->error) != REBOUND_OK)
        return RB_REFUSAL_INVALID_RECORD;
    code = rbd_store_append(call->lane->writer, &a->row, RB_RECORD_SEALED, &record->header.author,
                            record->header.sequence, &record->id, record->bytes, &call->error);
    if (code != REBOUND_OK)
        return rbd_call_failed(call, code);
    a->head = (struct rb_head){.sequence = record->header.sequence, .id = record->id};
    a->sealed = true;
    return 0;
}

/* A cut names the last record that counts: it must be the author's head as it is here, or a record that is stored
 * already would silently stop to count. But one that was in force before this store was put back stands: what its author
 * wrote here meanwhile is what counts no more. */
struct cutting {
    struct appending *a;
    enum rebound_code code;
    bool stale;
};

static bool
stands_in_its_chain(struct cutting *c, const struct rb_device_key *author, const struct rb_head *cut)
{
    struct appending *a = c->a;
    struct rb_record_id stored;
    bool found = false;

    if (cut->sequence == 0)
        return true;
    c->code = rbd_store_record_id(a->call->reader, &a->row, author, cut->sequence, &stored, &found,
                                  &a->call->error);
    return c->code == REBOUND_OK && found && rb_record_id_equal(&stored, &cut->id);
}

static bool
check_cut(void *ctx, const struct rb_device_key *author, const struct rb_head *cut)
{
    struct cutting *c = ctx;
    struct rb_head head = {0};

    c->code = rbd_store_head(c->a->call->reader, &c->a->row, author, &head, &c->a->call->error);
    c->stale = head.sequence != cut->sequence || !rb_record_id_equal(&head.id, &cut->id);
    if (c->code == REBOUND_OK && c->stale && c->a->again && cut->sequence < head.sequence)
        c->stale = !stands_in_its_chain(c, author, cut);
    return c->code == REBOUND_OK && !c->stale;
}

/* What a control record changes beside the chain: who may prove itself, whose invites are void, who is a member. */
static rb_result
follow_up(struct rbd_call *call, const struct rbd_stream_row *row, const struct rb_rules_device *devices, size_t n,
          const struct rb_rules_member *members, size_t n_members)
{
    struct rbd_store_writer *w = call->lane->writer;
    uint64_t now = row->control.sequence;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < n; i++) {
        if (row->kind == RB_STREAM_HOME && devices[i].is_recovery && devices[i].added_at == now)
            TRY(rbd_store_recovery_put(w, &devices[i].key, &row->stream, &call->error));
        if (row->kind == RB_STREAM_HOME && devices[i].revoked_at == now)
            TRY(rbd_store_invite_void(w, &devices[i].key, &call->error));
    }
    for (size_t i = 0; i < n_members; i++)
        TRY(rbd_store_member_put(w, row, &members[i].account, members[i].role != RB_ROLE_NONE, &call->error));
out:
    return rc;
}

static rb_result
copy_people(const struct rb_rules *rules, struct rb_buf *devices, struct rb_buf *members, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < rb_rules_device_count(rules); i++)
        TRY(rb_buf_append(devices, rb_rules_device_at(rules, i), sizeof(struct rb_rules_device), err));
    for (size_t i = 0; i < rb_rules_member_count(rules); i++)
        TRY(rb_buf_append(members, rb_rules_member_at(rules, i), sizeof(struct rb_rules_member), err));
out:
    return rc;
}

/* A control record under a number that is taken: the same again is fine; else the first in the chain won. */
static uint32_t
control_repeated(struct appending *a, const struct rb_record *record)
{
    struct rbd_handler *h = a->call->handler;
    const struct rb_record_id *stored = NULL;
    const struct rb_rules *rules;
    bool same;

    (void)pthread_mutex_lock(&h->lock);
    rules = rbd_rules_cached(h, &a->row.stream);
    if (rules != NULL)
        stored = rb_rules_control_id(rules, record->header.sequence);
    same = stored != NULL && rb_record_id_equal(stored, &record->id);
    (void)pthread_mutex_unlock(&h->lock);
    return same ? 0 : RB_REFUSAL_NOT_NEXT;
}

static uint32_t
append_control(struct appending *a, const struct rb_record *record)
{
    struct rbd_call *call = a->call;
    struct rbd_handler *h = call->handler;
    struct cutting cutting = {.a = a};
    struct rb_buf devices = {0}, members = {0};
    struct rb_rules *rules;
    enum rebound_code code = REBOUND_FAILED;
    uint32_t refusal;

    if (record->header.sequence <= a->row.control.sequence)
        return control_repeated(a, record);
    /* A body that does not decode is refused by the rules, which know why. */
    (void)rb_rules_cuts(record, check_cut, &cutting);
    if (cutting.code != REBOUND_OK)
        return rbd_call_failed(call, cutting.code);
    if (cutting.stale)
        return RB_REFUSAL_NOT_NEXT;
    (void)pthread_mutex_lock(&h->lock);
    rules = rbd_rules_cached(h, &a->row.stream);
    if (rules != NULL)
        code = rb_rules_apply(rules, record, &call->error);
    if (code == REBOUND_OK) {
        a->changed = true; /* the cache is ahead of the store until the batch commits */
        h->generation++;
        code = copy_people(rules, &devices, &members, &call->error);
    }
    (void)pthread_mutex_unlock(&h->lock);
    refusal = refusal_of_rules(call, code, RB_REFUSAL_NOT_NEXT);
    if (refusal != 0)
        goto out;
    code = rbd_store_append(call->lane->writer, &a->row, RB_RECORD_CONTROL, &record->header.author,
                            record->header.sequence, &record->id, record->bytes, &call->error);
    if (code == REBOUND_OK)
        code = follow_up(call, &a->row, (const struct rb_rules_device *)(const void *)devices.ptr,
                         devices.len / sizeof(struct rb_rules_device),
                         (const struct rb_rules_member *)(const void *)members.ptr,
                         members.len / sizeof(struct rb_rules_member));
    if (code != REBOUND_OK)
        refusal = rbd_call_failed(call, code);
out:
    rb_buf_free(&devices);
    rb_buf_free(&members);
    return refusal;
}

static uint32_t
append_one(struct appending *a, struct rb_slice bytes)
{
    struct rb_record record;

    if (rb_record_parse(bytes, &record, &a->call->error) != REBOUND_OK)
        return RB_REFUSAL_INVALID_RECORD;
    if (record.header.kind == RB_RECORD_CONTROL)
        return append_control(a, &record);
    return append_sealed(a, &record);
}

/* Is this session a device of the account that founds the stream? */
static bool
is_founder(struct rbd_call *call, const struct rb_rules *rules)
{
    const struct rb_rules_member *member = rb_rules_member(rules, &call->session->account);
    const struct rb_rules_device *device = rb_rules_device(rules, &call->session->device);

    return rb_rules_kind(rules) == RB_STREAM_SHARED && member != NULL && member->role == RB_ROLE_OWNER &&
           device != NULL && rb_stream_id_equal(&device->account, &call->session->account) &&
           rb_rules_is_current(rules, &call->session->device);
}

/* A shared stream begins with its genesis, appended by a device of its founder, who pays for it. */
static uint32_t
found_shared(struct appending *a, const struct rb_stream_id *stream, struct rb_slice bytes)
{
    struct rbd_call *call = a->call;
    struct rbd_stream_row *row = &a->row;
    struct rb_rules *rules = NULL;
    struct rb_record genesis;
    struct rb_stream_id founded;
    enum rebound_code code;
    uint32_t refusal = RB_REFUSAL_NOT_ALLOWED;

    if (rb_record_parse(bytes, &genesis, &call->error) != REBOUND_OK || genesis.header.kind != RB_RECORD_CONTROL ||
        genesis.header.sequence != 1)
        return RB_REFUSAL_NOT_ALLOWED;
    rb_record_stream(&genesis, &founded);
    if (!rb_stream_id_equal(&founded, stream))
        return RB_REFUSAL_INVALID_RECORD;
    code = rb_rules_new(&rules, &call->error);
    if (code == REBOUND_OK)
        code = rb_rules_apply(rules, &genesis, &call->error);
    if (code != REBOUND_OK) {
        refusal = refusal_of_rules(call, code, RB_REFUSAL_INVALID_RECORD);
    } else if (is_founder(call, rules)) {
        refusal = 0;
        code = rbd_store_stream_add(call->lane->writer, stream, RB_STREAM_SHARED, &call->session->account, row,
                                    &call->error);
        if (code == REBOUND_OK)
            code = rbd_store_append(call->lane->writer, row, RB_RECORD_CONTROL, &genesis.header.author, 1, &genesis.id,
                                    genesis.bytes, &call->error);
        if (code == REBOUND_OK)
            code = rbd_store_member_put(call->lane->writer, row, &call->session->account, true, &call->error);
        if (code != REBOUND_OK)
            refusal = rbd_call_failed(call, code);
    }
    if (refusal != 0) {
        rb_rules_free(rules);
        return refusal;
    }
    a->changed = true;
    return rbd_rules_offer(call, stream, rules);
}

/* After the records are in (and may go again): what was there already costs nothing. Control records have room of their
 * own, so that a device can be revoked when the space is full. */
static uint32_t
check_quota(const struct appending *a)
{
    return a->sealed ? rbd_quota_check(a->call, &a->row, 0)
                     : rbd_quota_check(a->call, &a->row, CONTROL_ROOM);
}

static uint32_t
answer_state(struct rbd_call *call, const struct rbd_stream_row *row)
{
    Rb__AppendAnswer answer = RB__APPEND_ANSWER__INIT;
    struct rbd_state_message packed = {0};
    struct rb_stream_state state = {0};
    uint32_t refusal = rbd_state_load(call, row, &state);

    if (refusal == 0)
        refusal = rbd_state_message(call, &state, &packed);
    if (refusal == 0) {
        answer.state = &packed.message;
        refusal = rbd_call_answer(call, &answer.base, NULL, 0);
    }
    rbd_state_message_free(&packed);
    rb_stream_state_free(&state);
    return refusal;
}

void
rbd_handler_prepare(struct rbd_session *session, struct rbd_request *request)
{
    ProtobufCMessage *message = NULL;
    struct rb_slice blobs = request->blobs;
    const Rb__Append *append;
    bool good;

    if (request->kind != RB_REQUEST_APPEND || !session->proved ||
        rb_wire_get(request->head, &rb__append__descriptor, &message, NULL) != REBOUND_OK)
        return;
    append = (const Rb__Append *)message;
    good = rb_wire_blobs_fit(append->lengths, append->n_lengths, blobs);
    for (size_t i = 0; good && i < append->n_lengths; i++) {
        struct rb_record record;
        good = rb_record_parse(rb_slice_of(blobs.ptr, append->lengths[i]), &record, NULL) == REBOUND_OK &&
               (record.header.kind == RB_RECORD_CONTROL || rb_record_verify(&record, NULL) == REBOUND_OK);
        blobs = rb_slice_of(blobs.ptr + append->lengths[i], blobs.len - append->lengths[i]);
    }
    /* What is not good is looked at again in its turn, where the refusal is worded. */
    request->verified = good;
    rb_unpack_free(message);
}

/* All records, one after the other, into a stream that is there or founded by the first of them. */
static uint32_t
append_all(struct appending *a, const Rb__Append *append, const struct rb_stream_id *stream)
{
    struct rb_slice blobs = a->call->request->blobs;
    uint64_t before;
    uint32_t refusal = rbd_rights(a->call, stream, &a->row);

    if (refusal == RB_REFUSAL_NOT_ALLOWED && !rb_stream_id_equal(&a->row.stream, stream)) /* there is none */
        refusal = found_shared(a, stream, rb_slice_of(blobs.ptr, append->lengths[0]));
    before = a->changed ? 0 : a->row.bytes;
    for (size_t i = 0; refusal == 0 && i < append->n_lengths; i++) {
        refusal = append_one(a, rb_slice_of(blobs.ptr, append->lengths[i]));
        blobs = rb_slice_of(blobs.ptr + append->lengths[i], blobs.len - append->lengths[i]);
    }
    if (refusal == 0 && a->row.bytes > before)
        refusal = check_quota(a);
    return refusal;
}

uint32_t
rbd_call_append(struct rbd_call *call)
{
    struct appending a = {.call = call};
    ProtobufCMessage *message = NULL;
    struct rb_stream_id stream;
    const Rb__Append *append;
    uint32_t refusal = rbd_call_head(call, &rb__append__descriptor, &message);

    if (refusal != 0)
        return refusal;
    append = (const Rb__Append *)message;
    a.again = append->has_again && append->again;
    if (!rb_stream_id_from(&stream, rb_pb_slice(append->stream)) || append->n_lengths == 0 ||
        !rb_wire_blobs_fit(append->lengths, append->n_lengths, call->request->blobs)) {
        refusal = RB_REFUSAL_BAD_REQUEST;
        goto out;
    }
    refusal = append_all(&a, append, &stream);
    if (refusal == 0)
        refusal = rbd_touch(call, &a.row);
    if (refusal == 0)
        refusal = answer_state(call, &a.row);
    if (refusal != 0 && a.changed) { /* all or none: what the cache took on goes with the savepoint */
        (void)pthread_mutex_lock(&call->handler->lock);
        rbd_rules_drop(call->handler, &stream);
        (void)pthread_mutex_unlock(&call->handler->lock);
    }
out:
    rb_unpack_free(message);
    return refusal;
}
