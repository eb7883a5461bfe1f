/* The head of every request and answer; the first byte chooses which. What unpacks packs to
 * something that unpacks. */
#include "fuzz/fuzz.h"

#include "wire/wire.h"

#include <stdlib.h>

static const ProtobufCMessageDescriptor *const types[] = {
    &rb__prove__descriptor,    &rb__prove_answer__descriptor,
    &rb__register__descriptor, &rb__register_answer__descriptor,
    &rb__append__descriptor,   &rb__append_answer__descriptor,
    &rb__fetch__descriptor,    &rb__fetch_answer__descriptor,
    &rb__wait__descriptor,     &rb__wait_answer__descriptor,
    &rb__mailbox__descriptor,  &rb__mailbox_answer__descriptor,
    &rb__account__descriptor,  &rb__account_answer__descriptor,
    &rb__refusal__descriptor,
};

#define N_TYPES (sizeof types / sizeof types[0])

static void
read_state(const Rb__StreamState *message)
{
    struct rb_stream_state state;
    Rb__StreamState again;
    Rb__ServerHead *heads, **pointers;

    if (rb_stream_state_get(message, &state, NULL) != REBOUND_OK)
        return;
    heads = calloc(state.n_heads + 1, sizeof *heads);
    pointers = calloc(state.n_heads + 1, sizeof *pointers);
    require(heads != NULL && pointers != NULL && state.n_heads == message->n_heads);
    rb_stream_state_put(&state, &again, heads, pointers);
    require(protobuf_c_message_get_packed_size(&again.base) <=
            protobuf_c_message_get_packed_size(&message->base));
    free(heads);
    free(pointers);
    rb_stream_state_free(&state);
}

static void
read_fields(const ProtobufCMessage *message)
{
    if (message->descriptor == &rb__append_answer__descriptor)
        read_state(((const Rb__AppendAnswer *)message)->state);
    if (message->descriptor == &rb__fetch_answer__descriptor) {
        const Rb__FetchAnswer *answer = (const Rb__FetchAnswer *)message;
        read_state(answer->state);
        (void)rb_wire_blobs_fit(answer->lengths, answer->n_lengths, rb_slice_of(NULL, 0));
    }
    if (message->descriptor == &rb__wait_answer__descriptor) {
        const Rb__WaitAnswer *answer = (const Rb__WaitAnswer *)message;
        for (size_t i = 0; i < answer->n_grown; i++)
            read_state(answer->grown[i]);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ProtobufCMessageDescriptor *type;
    ProtobufCMessage *message = NULL, *again = NULL;
    struct rebound_error what;
    struct rb_buf packed = {0};
    struct rb_slice head;
    uint32_t code;
    bool retry;

    if (size < 1)
        return 0;
    type = types[data[0] % N_TYPES];
    head = rb_slice_of(data + 1, size - 1);
    if (type == &rb__refusal__descriptor &&
        rb_refusal_get(head, &code, &retry, &what, NULL) == REBOUND_OK)
        require(what.sentence[0] != '\0' && rb_slice_is_utf8(rb_slice_text(what.sentence)));
    if (rb_wire_get(head, type, &message, NULL) != REBOUND_OK)
        return 0;
    read_fields(message);
    require(rb_pack(message, &packed, NULL) == REBOUND_OK);
    require(rb_wire_get(rb_buf_slice(&packed), type, &again, NULL) == REBOUND_OK);
    rb_unpack_free(message);
    rb_unpack_free(again);
    rb_buf_free(&packed);
    return 0;
}
