#include "sync/session.h"

#include "base/labels.h"
#include "wire/pipe.h"

#include <stdlib.h>
#include <string.h>

/* An answer that has arrived, with the memory behind it. */
struct arrived {
    uint32_t id;
    uint16_t kind; /* as on the wire */
    struct rb_buf memory;
    struct rb_slice head, blobs;
    struct arrived *next;
};

/* A request that was made: kept until it is answered, since a refusal does not say what it refuses. */
struct open_request {
    uint32_t id;
    uint16_t kind;
    struct open_request *next;
};

struct rb_session {
    const struct rb_env *env;
    const struct rb_device_keys *device;
    struct rb_stream_id account;
    struct rb_server_key pinned;
    bool has_pinned;
    struct rb_pipe *pipe;
    struct rb_server_key shown;
    bool has_shown, needs_redial, ready;
    struct rb_hello_answer hello;
    uint32_t next_id;
    struct open_request *open;
    struct arrived *first, **last, *current;
};

rb_result
rb_session_new(const struct rb_session_options *o, struct rb_session **out, struct rebound_error *err)
{
    struct rb_session *s = calloc(1, sizeof *s);

    if (s == NULL)
        return rb_no_memory(err);
    s->env = o->env;
    s->device = o->device;
    if (o->account != NULL)
        s->account = *o->account;
    s->has_pinned = o->server_key != NULL;
    if (s->has_pinned)
        s->pinned = *o->server_key;
    s->last = &s->first;
    s->next_id = 1;
    *out = s;
    return REBOUND_OK;
}

static void
arrived_free(struct arrived *a)
{
    if (a == NULL)
        return;
    rb_buf_free(&a->memory);
    free(a);
}

void
rb_session_free(struct rb_session *s)
{
    if (s == NULL)
        return;
    while (s->open != NULL) {
        struct open_request *next = s->open->next;
        free(s->open);
        s->open = next;
    }
    while (s->first != NULL) {
        struct arrived *next = s->first->next;
        arrived_free(s->first);
        s->first = next;
    }
    arrived_free(s->current);
    rb_pipe_free(s->pipe);
    free(s);
}

rb_result
rb_session_start(struct rb_session *s, struct rb_buf *out, struct rebound_error *err)
{
    const struct rb_server_key *key = s->has_pinned ? &s->pinned : s->has_shown ? &s->shown : NULL;
    struct rb_buf hello = {0};
    enum rebound_code rc = REBOUND_OK;

    rb_pipe_free(s->pipe);
    s->pipe = NULL;
    s->needs_redial = false;
    s->ready = false;
    TRY(rb_hello_put("rebound " REBOUND_VERSION, &hello, err));
    TRY(rb_pipe_new_client(s->env, key, rb_buf_slice(&hello), &s->pipe, err));
    TRY(rb_pipe_start(s->pipe, out, err));
out:
    rb_buf_free(&hello);
    return rc;
}

static rb_result
put_request(struct rb_session *s, uint16_t kind, const ProtobufCMessage *head, const struct rb_slice *blobs,
            size_t n_blobs, uint32_t *id_out, struct rb_buf *out, struct rebound_error *err)
{
    struct open_request *r = malloc(sizeof *r);
    struct rb_buf frame = {0};
    enum rebound_code rc = REBOUND_OK;

    if (r == NULL)
        TRY(rb_no_memory(err));
    *r = (struct open_request){.id = s->next_id++, .kind = kind, .next = s->open};
    TRY(rb_wire_put(&frame, r->id, kind, head, blobs, n_blobs, err));
    TRY(rb_pipe_put(s->pipe, rb_buf_slice(&frame), out, err));
    if (id_out != NULL)
        *id_out = r->id;
    s->open = r;
    r = NULL; /* now owned by the session */
out:
    rb_buf_free(&frame);
    free(r);
    return rc;
}

rb_result
rb_session_prove(struct rb_session *s, const struct rb_device_keys *device, const struct rb_stream_id *account,
                 struct rb_buf *out, struct rebound_error *err)
{
    const struct rb_slice parts[] = {rb_slice_of(rb_pipe_hash(s->pipe), RB_CHANNEL_HASH_SIZE),
                                     rb_stream_id_slice(account), rb_device_key_slice(&device->key)};
    struct rb_signature signature;
    Rb__Prove prove = RB__PROVE__INIT;

    rb_sign(&signature, &device->signing, RB_LABEL_SIGN_PROVE, parts, 3);
    prove.account = rb_pb_bytes(rb_stream_id_slice(account));
    prove.key = rb_pb_bytes(rb_device_key_slice(&device->key));
    prove.signature = rb_pb_bytes(rb_signature_slice(&signature));
    return put_request(s, RB_REQUEST_PROVE, &prove.base, NULL, 0, NULL, out, err);
}

static rb_result
on_open(struct rb_session *s, struct rb_buf *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_hello_answer_get(rb_pipe_payload(s->pipe), &s->hello, err));
    s->shown = *rb_pipe_server_key(s->pipe);
    s->has_shown = true;
    rb_pipe_set_max_frame(s->pipe, RB_FRAME_MAX);
    s->ready = true;
    if (s->device != NULL) /* the proof goes before the first request, and costs no round trip of its own */
        TRY(rb_session_prove(s, s->device, &s->account, out, err));
out:
    return rc;
}

static rb_result
on_frame(struct rb_session *s, struct rebound_error *err)
{
    const struct rb_frame *f = rb_pipe_frame(s->pipe);
    struct arrived *a = malloc(sizeof *a);

    if (a == NULL)
        return rb_no_memory(err);
    *a = (struct arrived){.id = f->id, .kind = f->kind, .head = f->head, .blobs = f->blobs};
    a->memory = rb_pipe_take_frame(s->pipe);
    *s->last = a;
    s->last = &a->next;
    return REBOUND_OK;
}

rb_result
rb_session_wrong_key(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_WRONG_SERVER_KEY,
                   "The server's key is not the one this device knows. If its host changed it, ask for the new link "
                   "and run `rebound connect LINK`; else somebody may stand between you and the server. Nothing was "
                   "sent.");
}

rb_result
rb_session_feed(struct rb_session *s, struct rb_slice bytes, struct rb_buf *out, struct rebound_error *err)
{
    enum rb_pipe_event event;
    enum rebound_code rc = REBOUND_OK;

    if (s->pipe == NULL)
        TRY(rb_fail(err, REBOUND_FAILED, "The connection was used before it was opened."));
    do {
        bool was_ready = s->ready;
        rc = rb_pipe_feed(s->pipe, &bytes, out, &event, err);
        if (rc == REBOUND_CRYPTO && !was_ready)
            rc = rb_session_wrong_key(err);
        TRY(rc);
        if (event == RB_PIPE_OPEN) {
            TRY(on_open(s, out, err));
        } else if (event == RB_PIPE_KEY) {
            s->shown = *rb_pipe_server_key(s->pipe);
            s->has_shown = true;
            s->needs_redial = true;
            break;
        } else if (event == RB_PIPE_FRAME) {
            TRY(on_frame(s, err));
        }
    } while (event != RB_PIPE_MORE);
out:
    return rc;
}

bool
rb_session_is_ready(const struct rb_session *s)
{
    return s->ready;
}

bool
rb_session_needs_redial(const struct rb_session *s)
{
    return s->needs_redial;
}

const struct rb_server_key *
rb_session_server_key(const struct rb_session *s)
{
    return s->has_shown ? &s->shown : NULL;
}

const struct rb_hello_answer *
rb_session_hello(const struct rb_session *s)
{
    return s->ready ? &s->hello : NULL;
}

const uint8_t *
rb_session_handshake_hash(const struct rb_session *s)
{
    return rb_pipe_hash(s->pipe);
}

rb_result
rb_session_request(struct rb_session *s, uint16_t kind, const ProtobufCMessage *head, const struct rb_slice *blobs,
                   size_t n_blobs, uint32_t *id_out, struct rb_buf *out, struct rebound_error *err)
{
    if (!s->ready)
        return rb_fail(err, REBOUND_FAILED, "A request was made before the connection was ready.");
    return put_request(s, kind, head, blobs, n_blobs, id_out, out, err);
}

/* Takes the request that this answers off the list; 0 when there is none. */
static uint16_t
close_request(struct rb_session *s, uint32_t id)
{
    for (struct open_request **at = &s->open; *at != NULL; at = &(*at)->next) {
        if ((*at)->id == id) {
            struct open_request *r = *at;
            uint16_t kind = r->kind;
            *at = r->next;
            free(r);
            return kind;
        }
    }
    return 0;
}

bool
rb_session_next_answer(struct rb_session *s, struct rb_session_answer *out)
{
    for (;;) {
        struct arrived *a = s->first;
        uint16_t kind;

        arrived_free(s->current);
        s->current = NULL;
        if (a == NULL)
            return false;
        s->first = a->next;
        if (s->first == NULL)
            s->last = &s->first;
        s->current = a;
        kind = close_request(s, a->id);
        if (kind == 0)
            continue; /* an answer to nothing */
        *out = (struct rb_session_answer){.id = a->id, .kind = kind, .head = a->head, .blobs = a->blobs};
        if (a->kind == RB_REQUEST_REFUSAL) {
            if (rb_refusal_get(a->head, &out->refusal_code, &out->again, &out->refusal, NULL) != REBOUND_OK) {
                out->refusal.code = rb_fail(&out->refusal, REBOUND_REFUSED, "The server refused, and did not say why.");
                out->refusal_code = UINT32_MAX;
            }
        } else if (a->kind != (kind | RB_REQUEST_ANSWER)) {
            out->refusal.code = rb_fail(&out->refusal, REBOUND_BAD_FORMAT, "The server's answer is of another kind.");
            out->refusal_code = UINT32_MAX;
        } else if (kind == RB_REQUEST_PROVE) {
            continue; /* what follows it shows that it went well */
        }
        return true;
    }
}
