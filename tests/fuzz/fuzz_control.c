/* Control records and the rules. A mutated record would fail its hash and signature before anything
 * else is looked at, so the input gives bodies, and the target builds and signs the records: the
 * first byte says whether they follow a founded home stream or begin one, and whether introductions
 * are trusted; then, for each record: signer, step of the epoch, length in two bytes, body. A
 * refused one must leave no trace.
 */
#include "fuzz/fuzz.h"

#include "support/streams.h"

#include <stdlib.h>

enum { FOUNDED = 1, TRUSTED = 2 };

static bool
build(const struct rb_rules *rules, char signer, uint8_t epoch_step, struct rb_slice body,
      struct rb_buf *out)
{
    const struct rb_head *head = rb_rules_head(rules);
    struct t_keys keys = t_keys_of(signer);
    struct rb_record_id id;
    struct rb_record_header header = {.kind = RB_RECORD_CONTROL,
                                      .author = keys.key,
                                      .sequence = head->sequence + 1,
                                      .previous = head->id,
                                      .epoch = rb_rules_epoch(rules) + epoch_step,
                                      .control = head->id};

    if (head->sequence > 0)
        header.stream = *rb_rules_stream(rules);
    require(rb_record_begin(&header, out, NULL) == REBOUND_OK);
    require(rb_buf_append_slice(out, body, NULL) == REBOUND_OK);
    return rb_record_finish(out, 0, &keys.secret, &id, NULL) == REBOUND_OK;
}

static bool
count_cut(void *ctx, const struct rb_device_key *author, const struct rb_head *cut)
{
    (void)ctx;
    require(author != NULL && (cut->sequence == 0) == rb_record_id_is_zero(&cut->id));
    return true;
}

static void
apply(struct rb_rules *rules, const struct rb_buf *bytes, bool trusted)
{
    struct rb_buf before = {0}, after = {0};
    struct rb_record record;
    uint64_t sequence = rb_rules_head(rules)->sequence;
    enum rebound_code rc;

    require(rb_record_parse(rb_buf_slice(bytes), &record, NULL) == REBOUND_OK);
    (void)rb_rules_cuts(&record, count_cut, NULL);
    t_rules_print(rules, &before);
    rc = trusted ? rb_rules_apply_trusted(rules, &record, NULL)
                 : rb_rules_apply(rules, &record, NULL);
    t_rules_print(rules, &after);
    require((rc == REBOUND_OK) == (rb_rules_head(rules)->sequence == sequence + 1));
    require(rc == REBOUND_OK || rb_slice_equal(rb_buf_slice(&before), rb_buf_slice(&after)));
    if (rc == REBOUND_OK) {
        require(rb_record_id_equal(&rb_rules_head(rules)->id, &record.id));
        require(rb_rules_epoch(rules) == record.header.epoch);
    }
    rb_buf_free(&before);
    rb_buf_free(&after);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rb_cursor c = rb_cursor_of(rb_slice_of(data, size));
    struct t_stream stream;
    uint8_t flags = rb_cursor_get_u8(&c);

    if ((flags & FOUNDED) != 0)
        t_stream_found_home(&stream, 'A', 'R', 'a');
    else
        t_stream_init(&stream);
    for (size_t i = 0; i < 8 && c.left > 0 && !c.bad; i++) {
        char signer = (char)rb_cursor_get_u8(&c);
        uint8_t epoch_step = rb_cursor_get_u8(&c);
        struct rb_slice body = rb_cursor_get_slice(&c, rb_cursor_get_u16(&c));
        struct rb_buf bytes = {0};

        if (!c.bad && build(stream.rules, signer, epoch_step, body, &bytes))
            apply(stream.rules, &bytes, (flags & TRUSTED) != 0);
        rb_buf_free(&bytes);
    }
    t_stream_free(&stream);
    return 0;
}
