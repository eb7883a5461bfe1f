/* The payloads of the handshake: a client's (first byte even) and a server's. */
#include "fuzz/fuzz.h"

#include "wire/wire.h"

#include <stdlib.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rb_hello_answer answer, again;
    struct rb_buf written = {0};
    struct rb_slice bytes;
    uint32_t version;

    if (size < 1)
        return 0;
    bytes = rb_slice_of(data + 1, size - 1);
    if (data[0] % 2 == 0) {
        if (rb_hello_get(bytes, &version, NULL) == REBOUND_OK)
            require(version == 0 || version == RB_WIRE_VERSION);
        return 0;
    }
    if (rb_hello_answer_get(bytes, &answer, NULL) != REBOUND_OK)
        return 0;
    require(answer.version == RB_WIRE_VERSION && answer.max_batch_records > 0);
    require(rb_hello_answer_put(&answer, &written, NULL) == REBOUND_OK);
    require(rb_hello_answer_get(rb_buf_slice(&written), &again, NULL) == REBOUND_OK);
    require(again.max_frame_bytes == answer.max_frame_bytes &&
            again.has_next_key == answer.has_next_key);
    rb_buf_free(&written);
    return 0;
}
