/* A list of help as a group might write it; and any text, searched for danger. */
#include "fuzz/fuzz.h"

#include "journal/help_now.h"

static void
look(void *ctx, const struct rb_help_row *row)
{
    (void)ctx;
    require(row->country.len > 0 && row->name.len > 0 && row->reach.len > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rb_slice text = rb_slice_of(data, size);
    struct rebound_error err = {0};
    bool danger = false;

    if (rb_help_each(text, look, NULL, &err) != REBOUND_OK)
        require(err.sentence[0] != '\0');
    if (rb_slice_is_utf8(text))
        require(rb_danger_in(text, &danger, &err) == REBOUND_OK);
    return 0;
}
