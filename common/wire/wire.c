#include "wire/wire.h"

#include <stdlib.h>
#include <string.h>

rb_result
rb_wire_put(struct rb_buf *buf, uint32_t id, uint16_t kind, const ProtobufCMessage *head, const struct rb_slice *blobs,
            size_t n_blobs, struct rebound_error *err)
{
    size_t start = buf->len, blob_len = 0;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < n_blobs; i++)
        blob_len += blobs[i].len;
    TRY(rb_frame_begin(buf, id, kind, protobuf_c_message_get_packed_size(head), blob_len, err));
    TRY(rb_pack(head, buf, err));
    for (size_t i = 0; i < n_blobs; i++)
        TRY(rb_buf_append_slice(buf, blobs[i], err));
out:
    if (rc != REBOUND_OK)
        buf->len = start;
    return rc;
}

rb_result
rb_wire_get(struct rb_slice head, const ProtobufCMessageDescriptor *type, ProtobufCMessage **out,
            struct rebound_error *err)
{
    const struct rb_unpack_limits limits = {.max_bytes = 1u << 20, .max_fields = 65536};

    return rb_unpack(type, head, &limits, "a message on the connection", out, err);
}

bool
rb_wire_blobs_fit(const uint32_t *lengths, size_t n, struct rb_slice blobs)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += lengths[i];
    return n <= RB_WIRE_BATCH_MAX && sum == blobs.len;
}

rb_result
rb_stream_state_get(const Rb__StreamState *message, struct rb_stream_state *out, struct rebound_error *err)
{
    struct rb_stream_state state = {.last_position = message->last_position,
                                    .control = {.sequence = message->control_sequence}};
    bool good = rb_stream_id_from(&state.stream, rb_pb_slice(message->stream)) &&
                rb_incarnation_from(&state.incarnation, rb_pb_slice(message->incarnation)) &&
                rb_record_id_from(&state.control.id, rb_pb_slice(message->control_id));
    enum rebound_code rc = REBOUND_OK;

    if (message->n_heads > 0) {
        state.heads = calloc(message->n_heads, sizeof *state.heads);
        if (state.heads == NULL)
            TRY(rb_no_memory(err));
    }
    for (size_t i = 0; good && i < message->n_heads; i++) {
        const Rb__ServerHead *from = message->heads[i];
        struct rb_wire_head *to = &state.heads[i];
        to->head.sequence = from->sequence;
        good = rb_device_key_from(&to->author, rb_pb_slice(from->author)) &&
               rb_record_id_from(&to->head.id, rb_pb_slice(from->id));
    }
    if (!good)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The server's answer about a stream has a field of the wrong size."));
    state.n_heads = message->n_heads;
    *out = state;
    state.heads = NULL; /* now owned by out */
out:
    free(state.heads);
    return rc;
}

void
rb_stream_state_free(struct rb_stream_state *state)
{
    if (state == NULL)
        return;
    free(state->heads);
    *state = (struct rb_stream_state){0};
}

void
rb_stream_state_put(const struct rb_stream_state *state, Rb__StreamState *message, Rb__ServerHead *heads,
                    Rb__ServerHead **pointers)
{
    rb__stream_state__init(message);
    message->stream = rb_pb_bytes(rb_stream_id_slice(&state->stream));
    message->incarnation = rb_pb_bytes(rb_incarnation_slice(&state->incarnation));
    message->last_position = state->last_position;
    message->control_sequence = state->control.sequence;
    message->control_id = rb_pb_bytes(rb_record_id_slice(&state->control.id));
    for (size_t i = 0; i < state->n_heads; i++) {
        rb__server_head__init(&heads[i]);
        heads[i].author = rb_pb_bytes(rb_device_key_slice(&state->heads[i].author));
        heads[i].sequence = state->heads[i].head.sequence;
        heads[i].id = rb_pb_bytes(rb_record_id_slice(&state->heads[i].head.id));
        pointers[i] = &heads[i];
    }
    message->heads = pointers;
    message->n_heads = state->n_heads;
}

rb_result
rb_hello_put(const char *client, struct rb_buf *out, struct rebound_error *err)
{
    Rb__Hello hello = RB__HELLO__INIT;

    hello.lowest_version = RB_WIRE_VERSION;
    hello.highest_version = RB_WIRE_VERSION;
    hello.has_client = true;
    hello.client = rb_pb_bytes(rb_slice_text(client));
    return rb_pack(&hello.base, out, err);
}

rb_result
rb_hello_get(struct rb_slice bytes, uint32_t *version_out, struct rebound_error *err)
{
    ProtobufCMessage *message = NULL;
    const Rb__Hello *hello;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_wire_get(bytes, &rb__hello__descriptor, &message, err));
    hello = (const Rb__Hello *)message;
    if (hello->has_client && (hello->client.len > 64 || !rb_slice_is_utf8(rb_pb_slice(hello->client))))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The name of the client is too long or not text."));
    *version_out = hello->lowest_version <= RB_WIRE_VERSION && hello->highest_version >= RB_WIRE_VERSION
                       ? RB_WIRE_VERSION
                       : 0;
out:
    rb_unpack_free(message);
    return rc;
}

rb_result
rb_hello_answer_put(const struct rb_hello_answer *answer, struct rb_buf *out, struct rebound_error *err)
{
    Rb__HelloAnswer message = RB__HELLO_ANSWER__INIT;

    message.version = answer->version;
    message.max_frame_bytes = answer->max_frame_bytes;
    message.max_record_bytes = answer->max_record_bytes;
    message.max_batch_records = answer->max_batch_records;
    message.max_wait_ms = answer->max_wait_ms;
    message.has_next_key = answer->has_next_key;
    if (answer->has_next_key)
        message.next_key = rb_pb_bytes(rb_server_key_slice(&answer->next_key));
    return rb_pack(&message.base, out, err);
}

rb_result
rb_hello_answer_get(struct rb_slice bytes, struct rb_hello_answer *out, struct rebound_error *err)
{
    ProtobufCMessage *message = NULL;
    const Rb__HelloAnswer *answer;
    struct rb_hello_answer found = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_wire_get(bytes, &rb__hello_answer__descriptor, &message, err));
    answer = (const Rb__HelloAnswer *)message;
    found.version = answer->version;
    found.max_frame_bytes = answer->max_frame_bytes;
    found.max_record_bytes = answer->max_record_bytes;
    found.max_batch_records = answer->max_batch_records;
    found.max_wait_ms = answer->max_wait_ms;
    found.has_next_key = answer->has_next_key && rb_server_key_from(&found.next_key, rb_pb_slice(answer->next_key));
    if (found.version != RB_WIRE_VERSION)
        TRY(rb_fail(err, REBOUND_TOO_NEW,
                    "This server and this program speak no common version. Update the older one of the two."));
    if (found.max_frame_bytes < RB_FRAME_MAX_STRANGER || found.max_batch_records == 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The server's limits make no sense."));
    *out = found;
out:
    rb_unpack_free(message);
    return rc;
}

rb_result
rb_refusal_put(struct rb_buf *buf, uint32_t id, enum rb_refusal_code code, const char *detail,
               struct rebound_error *err)
{
    const struct rb_refusal_row *row = rb_refusal_row(code);
    Rb__Refusal message = RB__REFUSAL__INIT;

    message.code = code;
    message.again = row->again;
    message.sentence = rb_pb_bytes(rb_slice_text(detail != NULL ? detail : row->sentence));
    if (message.sentence.len > 400)
        message.sentence.len = 400;
    return rb_wire_put(buf, id, RB_REQUEST_REFUSAL, &message.base, NULL, 0, err);
}

/* Words from outside may be shown only when they are plain: no control characters, no bytes beyond ASCII. */
static bool
is_plain(struct rb_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < 0x20 || s.ptr[i] > 0x7e)
            return false;
    }
    return s.len > 0 && s.len <= 400;
}

rb_result
rb_refusal_get(struct rb_slice head, uint32_t *code_out, bool *again_out, struct rebound_error *what_out,
               struct rebound_error *err)
{
    ProtobufCMessage *message = NULL;
    const struct rb_refusal_row *row;
    const Rb__Refusal *refusal;
    struct rb_slice words;
    enum rebound_code code;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_wire_get(head, &rb__refusal__descriptor, &message, err));
    refusal = (const Rb__Refusal *)message;
    row = rb_refusal_row(refusal->code);
    words = rb_pb_slice(refusal->sentence);
    if (!is_plain(words))
        words.len = 0;
    code = row == NULL ? REBOUND_REFUSED : row->code;
    if (row != NULL && (words.len == 0 || rb_slice_equal(words, rb_slice_text(row->sentence))))
        code = rb_fail(what_out, code, "The server refused: %s.", rb_tr(row->sentence));
    else if (row != NULL)
        code = rb_fail(what_out, code, "The server refused: %s (it says: \"%.*s\").", rb_tr(row->sentence), (int)words.len,
                       (const char *)words.ptr);
    else if (words.len > 0)
        code = rb_fail(what_out, code, "The server refused; it says: \"%.*s\".", (int)words.len, (const char *)words.ptr);
    else
        code = rb_fail(what_out, code, "The server refused, and does not say why.");
    (void)code;
    *code_out = refusal->code;
    *again_out = row == NULL || row->again;
out:
    rb_unpack_free(message);
    return rc;
}
