#include "handler/handler_call.h"

#include <stdlib.h>

struct collecting {
    struct rb_stream_state *state;
    size_t cap;
    bool failed;
};

static bool
add_head(void *ctx, const struct rb_device_key *author, const struct rb_head *head)
{
    struct collecting *c = ctx;

    if (c->state->n_heads == c->cap) {
        size_t cap = c->cap * 2 + 4;
        struct rb_wire_head *grown = realloc(c->state->heads, cap * sizeof *grown);
        if (grown == NULL) {
            c->failed = true;
            return false;
        }
        c->state->heads = grown;
        c->cap = cap;
    }
    c->state->heads[c->state->n_heads++] = (struct rb_wire_head){.author = *author, .head = *head};
    return true;
}

uint32_t
rbd_state_load(struct rbd_call *call, const struct rbd_stream_row *row, struct rb_stream_state *out)
{
    struct rb_stream_state state = {.stream = row->stream,
                                    .incarnation = *rbd_store_incarnation(call->handler->options.store),
                                    .last_position = row->last_position,
                                    .control = row->control};
    struct collecting c = {.state = &state};
    enum rebound_code code = rbd_store_heads(call->reader, row, add_head, &c, &call->error);

    if (code == REBOUND_OK && c.failed)
        code = rb_no_memory(&call->error);
    if (code != REBOUND_OK) {
        rb_stream_state_free(&state);
        return rbd_call_failed(call, code);
    }
    *out = state;
    return 0;
}

uint32_t
rbd_state_message(struct rbd_call *call, const struct rb_stream_state *state, struct rbd_state_message *out)
{
    out->heads = calloc(state->n_heads + 1, sizeof *out->heads);
    out->pointers = calloc(state->n_heads + 1, sizeof *out->pointers);
    if (out->heads == NULL || out->pointers == NULL) {
        rbd_state_message_free(out);
        return rbd_call_failed(call, rb_no_memory(&call->error));
    }
    rb_stream_state_put(state, &out->message, out->heads, out->pointers);
    return 0;
}

void
rbd_state_message_free(struct rbd_state_message *message)
{
    free(message->heads);
    free(message->pointers);
    message->heads = NULL;
    message->pointers = NULL;
}
