#include "support/server.h"

#include "base/labels.h"
#include "base/signature.h"
#include "handler/invite.h"

static void
note_ready(void *ctx, void *connection, uint32_t request_id)
{
    struct t_server *s = ctx;

    assert_true(s->n_ready < T_READY_MAX);
    s->ready[s->n_ready].peer = connection;
    s->ready[s->n_ready++].id = request_id;
}

void
t_server_forget(struct t_server *s, const struct rbd_handler_options *options)
{
    struct rbd_handler_options o = {0};

    rbd_handler_free(s->handler);
    s->handler = NULL;
    if (options != NULL)
        o = *options;
    o.env = s->env;
    o.store = s->store;
    o.waker = (struct rbd_waker){.ctx = s, .ready = note_ready};
    T_OK(rbd_handler_new(&o, &s->handler, T_ERR));
}

void
t_server_open(struct t_server *s, const struct rb_env *env, const char *folder,
              const struct rbd_handler_options *options)
{
    *s = (struct t_server){.env = env};
    T_OK(rbd_store_open(env, folder, &s->store, T_ERR));
    T_OK(rbd_store_reader_open(s->store, &s->reader, T_ERR));
    T_OK(rbd_store_writer_open(s->store, &s->writer, T_ERR));
    t_server_forget(s, options);
}

void
t_server_close(struct t_server *s)
{
    rbd_handler_free(s->handler);
    rbd_store_reader_close(s->reader);
    rbd_store_writer_close(s->writer);
    rbd_store_close(s->store);
    *s = (struct t_server){0};
}

void
t_server_hold(struct t_server *s)
{
    T_OK(rbd_store_begin(s->writer, T_ERR));
    s->holding = true;
}

void
t_server_let_go(struct t_server *s, bool commit)
{
    s->holding = false;
    if (commit)
        T_OK(rbd_store_commit(s->writer, T_ERR));
    else
        rbd_store_rollback(s->writer);
    rbd_handler_committed(s->handler, commit);
}

struct rb_token
t_server_invite(struct t_server *s, uint32_t uses, uint64_t expires_ms)
{
    struct rbd_invite_row row = {.uses_left = uses, .expires_ms = expires_ms};
    struct rb_token token;

    rb_env_random(s->env, token.bytes, sizeof token.bytes);
    rbd_invite_hash(&token, &row.token_hash);
    T_OK(rbd_store_begin(s->writer, T_ERR));
    T_OK(rbd_store_invite_put(s->writer, &row, T_ERR));
    T_OK(rbd_store_commit(s->writer, T_ERR));
    return token;
}

void
t_peer_open(struct t_peer *p, struct t_server *s, const char *source)
{
    *p = (struct t_peer){.server = s, .next_id = 1};
    rb_store_u64(p->hash, ++s->hashes);
    T_OK(rbd_session_new(s->handler, p->hash, rb_slice_text(source), p, &p->session, T_ERR));
}

static void
forget_answer(struct t_peer *p)
{
    rb_unpack_free(p->head);
    p->head = NULL;
    p->blobs = (struct rb_slice){0};
    p->refusal = 0;
    rb_buf_clear(&p->answer);
}

void
t_peer_close(struct t_peer *p)
{
    rbd_session_free(p->session);
    forget_answer(p);
    rb_buf_free(&p->answer);
    for (size_t i = 0; i < p->server->n_ready; i++) {
        if (p->server->ready[i].peer == p)
            p->server->ready[i].peer = NULL;
    }
    *p = (struct t_peer){0};
}

/* Reads the frame that came back. */
static void
read_answer(struct t_peer *p)
{
    struct rb_frame frame;

    if (p->answer.len == 0)
        return;
    assert_true(p->answer.len >= RB_FRAME_HEADER_SIZE);
    assert_int_equal(rb_load_u32(p->answer.ptr), p->answer.len - RB_FRAME_LENGTH_SIZE);
    T_OK(rb_frame_parse(
        rb_slice_of(p->answer.ptr + RB_FRAME_LENGTH_SIZE, p->answer.len - RB_FRAME_LENGTH_SIZE),
        &frame, T_ERR));
    p->blobs = frame.blobs;
    if (frame.kind == RB_REQUEST_REFUSAL) {
        struct rebound_error what;
        bool again;
        T_OK(rb_refusal_get(frame.head, &p->refusal, &again, &what, T_ERR));
    }
}

static enum rbd_outcome
run_write(struct t_peer *p, const struct rbd_request *request)
{
    struct t_server *s = p->server;
    struct rbd_handler_lane lane = {.writer = s->writer};
    bool own = !s->holding;
    enum rbd_outcome outcome;

    if (own)
        t_server_hold(s);
    T_OK(rbd_store_mark(s->writer, T_ERR));
    outcome = rbd_handler_run(s->handler, p->session, request, &lane, &p->answer);
    if (lane.changed)
        T_OK(rbd_store_keep(s->writer, T_ERR));
    else
        T_OK(rbd_store_undo(s->writer, T_ERR));
    if (own)
        t_server_let_go(s, true);
    return outcome;
}

uint32_t
t_peer_ask_bytes(struct t_peer *p, uint16_t kind, struct rb_slice head, struct rb_slice blobs)
{
    const struct rb_request_row *row = rb_request_row(kind);
    struct rbd_request request = {.kind = kind, .id = p->next_id++, .head = head, .blobs = blobs};
    struct rbd_handler_lane lane = {.reader = p->server->reader};

    forget_answer(p);
    rbd_handler_prepare(p->session, &request);
    if (row != NULL && (row->lane == RB_LANE_WRITE || row->lane == RB_LANE_ORDER_WRITE))
        p->outcome = run_write(p, &request);
    else
        p->outcome = rbd_handler_run(p->server->handler, p->session, &request, &lane, &p->answer);
    read_answer(p);
    return p->refusal;
}

uint32_t
t_peer_ask(struct t_peer *p, uint16_t kind, const ProtobufCMessage *head,
           const struct rb_slice *blobs, size_t n)
{
    struct rb_buf packed = {0}, all = {0};
    uint32_t refusal;

    T_OK(rb_pack(head, &packed, T_ERR));
    for (size_t i = 0; i < n; i++)
        T_OK(rb_buf_append_slice(&all, blobs[i], T_ERR));
    refusal = t_peer_ask_bytes(p, kind, rb_buf_slice(&packed), rb_buf_slice(&all));
    rb_buf_free(&packed);
    rb_buf_free(&all);
    return refusal;
}

bool
t_peer_resume(struct t_peer *p)
{
    struct t_server *s = p->server;
    struct rbd_handler_lane lane = {.reader = s->reader};

    for (size_t i = 0; i < s->n_ready; i++) {
        uint32_t id = s->ready[i].id;
        if (s->ready[i].peer != p)
            continue;
        s->ready[i] = s->ready[--s->n_ready];
        forget_answer(p);
        p->outcome = rbd_handler_resume(s->handler, p->session, id, &lane, &p->answer);
        read_answer(p);
        if (p->outcome != RBD_PARKED)
            return true;
        i--;
    }
    return false;
}

const void *
t_peer_head(struct t_peer *p, const ProtobufCMessageDescriptor *type)
{
    struct rb_frame frame;

    assert_int_equal(p->refusal, 0);
    assert_true(p->answer.len > 0);
    if (p->head == NULL) {
        T_OK(rb_frame_parse(
            rb_slice_of(p->answer.ptr + RB_FRAME_LENGTH_SIZE, p->answer.len - RB_FRAME_LENGTH_SIZE),
            &frame, T_ERR));
        T_OK(rb_wire_get(frame.head, type, &p->head, T_ERR));
    }
    assert_ptr_equal(p->head->descriptor, type);
    return p->head;
}

uint32_t
t_peer_register(struct t_peer *p, const struct rb_buf *genesis, char who,
                const struct rb_token *token)
{
    static const struct rb_token none;
    const struct rb_slice blob = rb_buf_slice(genesis);
    struct t_keys keys = t_keys_of(who);
    Rb__Register message = RB__REGISTER__INIT;
    struct rb_signature signature;
    struct rb_record record;
    struct rb_slice parts[3];

    T_OK(rb_record_parse(blob, &record, T_ERR));
    parts[0] = rb_slice_of(p->hash, sizeof p->hash);
    parts[1] = rb_token_slice(token != NULL ? token : &none);
    parts[2] = rb_record_id_slice(&record.id);
    rb_sign(&signature, &keys.secret, RB_LABEL_SIGN_REGISTER, parts, 3);
    message.signature = rb_pb_bytes(rb_signature_slice(&signature));
    message.has_token = token != NULL;
    if (token != NULL)
        message.token = rb_pb_bytes(rb_token_slice(token));
    return t_peer_ask(p, RB_REQUEST_REGISTER, &message.base, &blob, 1);
}

uint32_t
t_peer_prove(struct t_peer *p, const struct rb_stream_id *account, char who)
{
    struct t_keys keys = t_keys_of(who);
    const struct rb_slice parts[] = {rb_slice_of(p->hash, sizeof p->hash),
                                     rb_stream_id_slice(account), rb_device_key_slice(&keys.key)};
    Rb__Prove message = RB__PROVE__INIT;
    struct rb_signature signature;

    rb_sign(&signature, &keys.secret, RB_LABEL_SIGN_PROVE, parts, 3);
    message.account = rb_pb_bytes(rb_stream_id_slice(account));
    message.key = rb_pb_bytes(rb_device_key_slice(&keys.key));
    message.signature = rb_pb_bytes(rb_signature_slice(&signature));
    return t_peer_ask(p, RB_REQUEST_PROVE, &message.base, NULL, 0);
}

uint32_t
t_peer_append(struct t_peer *p, const struct rb_stream_id *stream, const struct rb_buf *records,
              size_t n)
{
    Rb__Append message = RB__APPEND__INIT;
    struct rb_slice *blobs = calloc(n + 1, sizeof *blobs);
    uint32_t *lengths = calloc(n + 1, sizeof *lengths), refusal;

    assert_true(blobs != NULL && lengths != NULL);
    for (size_t i = 0; i < n; i++) {
        blobs[i] = rb_buf_slice(&records[i]);
        lengths[i] = (uint32_t)records[i].len;
    }
    message.stream = rb_pb_bytes(rb_stream_id_slice(stream));
    message.lengths = lengths;
    message.n_lengths = n;
    message.has_again = message.again = p->again;
    refusal = t_peer_ask(p, RB_REQUEST_APPEND, &message.base, blobs, n);
    free(blobs);
    free(lengths);
    return refusal;
}

uint32_t
t_peer_fetch(struct t_peer *p, const struct rb_stream_id *stream, uint64_t after,
             uint32_t max_bytes)
{
    Rb__Cursor cursor = RB__CURSOR__INIT;
    Rb__Fetch message = RB__FETCH__INIT;

    cursor.stream = rb_pb_bytes(rb_stream_id_slice(stream));
    cursor.incarnation = rb_pb_bytes(rb_incarnation_slice(rbd_store_incarnation(p->server->store)));
    cursor.position = after;
    message.cursor = &cursor;
    message.max_bytes = max_bytes;
    return t_peer_ask(p, RB_REQUEST_FETCH, &message.base, NULL, 0);
}

uint32_t
t_peer_wait(struct t_peer *p, const struct rb_stream_id *stream, uint64_t position,
            uint32_t timeout_ms)
{
    Rb__Cursor cursor = RB__CURSOR__INIT, *list[] = {&cursor};
    Rb__Wait message = RB__WAIT__INIT;

    cursor.stream = rb_pb_bytes(rb_stream_id_slice(stream));
    cursor.incarnation = rb_pb_bytes(rb_incarnation_slice(rbd_store_incarnation(p->server->store)));
    cursor.position = position;
    message.cursors = list;
    message.n_cursors = 1;
    message.timeout_ms = timeout_ms;
    return t_peer_ask(p, RB_REQUEST_WAIT, &message.base, NULL, 0);
}

void
t_peer_found(struct t_peer *p, struct t_server *s, struct t_stream *home, char device,
             char recovery, char account_key)
{
    struct rb_token token = t_server_invite(s, 1, 0);

    t_stream_found_home(home, device, recovery, account_key);
    t_peer_open(p, s, "192.0.2.1");
    assert_int_equal(t_peer_register(p, &home->records[0], device, &token), 0);
    assert_int_equal(t_peer_prove(p, rb_rules_stream(home->rules), device), 0);
    assert_int_equal(t_peer_append(p, rb_rules_stream(home->rules), home->records, home->n), 0);
}

void
t_author_write(struct t_author *a, const struct rb_rules *rules, size_t body, struct rb_buf *out)
{
    struct t_keys keys = t_keys_of(a->who);
    struct rb_record_header header = {.kind = RB_RECORD_SEALED,
                                      .stream = a->stream,
                                      .author = keys.key,
                                      .sequence = a->head.sequence + 1,
                                      .previous = a->head.id,
                                      .epoch = rb_rules_epoch(rules),
                                      .control = rb_rules_head(rules)->id};

    T_OK(rb_record_begin(&header, out, T_ERR));
    for (size_t i = 0; i < body; i++)
        T_OK(rb_buf_put_u8(out, (uint8_t)(i * 7 + header.sequence), T_ERR));
    T_OK(rb_record_finish(out, 0, &keys.secret, &a->head.id, T_ERR));
    a->head.sequence++;
}

void
t_cut_at(struct t_draft *draft, const struct t_author *author)
{
    const Rb__Act *act = draft->acts[draft->body.n_acts - 1];
    Rb__Cut *cut =
        act->revoke_device != NULL ? act->revoke_device->cut : act->remove_member->cuts[0];

    cut->sequence = author->head.sequence;
    memcpy(cut->id.data, author->head.id.bytes, sizeof author->head.id.bytes);
}
