/* A record, whole or its header alone: what parses is what its own fields build again. */
#include "fuzz/fuzz.h"

#include "stream/record.h"

#include <stdlib.h>
#include <string.h>

static void
build_again(const struct rb_record *record)
{
    struct rb_buf again = {0};

    require(rb_record_begin(&record->header, &again, NULL) == REBOUND_OK);
    require(again.len == RB_RECORD_HEADER_SIZE);
    require(memcmp(again.ptr, record->bytes.ptr, RB_RECORD_H0_SIZE) == 0);
    rb_buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rb_slice bytes = rb_slice_of(data, size);
    struct rb_record record, header;
    struct rb_stream_id stream;
    enum rebound_code rc;

    if (rb_record_parse_header(bytes, &header, NULL) == REBOUND_OK) {
        require(size == RB_RECORD_HEADER_SIZE);
        build_again(&header);
    }
    if (rb_record_parse(bytes, &record, NULL) != REBOUND_OK)
        return 0;
    require(record.body.len == size - RB_RECORD_HEADER_SIZE);
    build_again(&record);
    require(rb_record_parse_header(rb_slice_of(data, RB_RECORD_HEADER_SIZE), &header, NULL) ==
            REBOUND_OK);
    require(rb_record_id_equal(&header.id, &record.id));
    rb_record_stream(&record, &stream);
    rc = rb_record_verify(&record, NULL);
    require(rc == REBOUND_OK || rc == REBOUND_CRYPTO);
    return 0;
}
