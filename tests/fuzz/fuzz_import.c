/* A file to import, in each format: whatever comes out of it is text, of known fields, and within
 * the limits. */
#include "fuzz/fuzz.h"

#include "port/port.h"

#include <stdlib.h>

static rb_result
take(void *ctx, const struct rb_import_entry *entry, struct rebound_error *err)
{
    struct rb_edit edit = {.entry = entry->id, .ops = entry->ops, .n_ops = entry->n_ops};
    struct rb_buf bytes = {0};

    (void)ctx;
    (void)err;
    require((entry->n_ops > 0) != (entry->n_edits > 0));
    if (entry->n_ops > 0)
        require(rb_edit_encode(&edit, &bytes, NULL) == REBOUND_OK);
    for (size_t i = 0; i < entry->n_edits; i++)
        require(rb_entry_id_equal(&entry->edits[i].entry, &entry->id));
    rb_buf_free(&bytes);
    return REBOUND_OK;
}

static void
refuse(void *ctx, uint64_t index, const char *sentence)
{
    (void)ctx;
    require(index > 0 && sentence[0] != '\0');
}

/* As a file of its own, and as one of a folder, under names that say what it is. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rb_import_target target = {.entry = take, .refused = refuse};
    const struct rb_port_file files[] = {
        {rb_slice_text("2026-11-24 a.md"), rb_slice_of(data, size)},
        {rb_slice_text("2026-11.txt"), rb_slice_of(data, size)}};
    const struct rb_port_source sources[] = {{files, 1, false}, {files, 2, true}};

    for (size_t s = 0; s < sizeof sources / sizeof sources[0]; s++) {
        const char *format = NULL;
        for (size_t i = 0; i == 0 || format != NULL; i++) {
            struct rb_import *import = NULL;
            if (rb_import_open(&sources[s], format, &import, NULL) == REBOUND_OK)
                require(rb_import_run(import, &target, NULL) == REBOUND_OK);
            rb_import_free(import);
            format = rb_import_format_at(i, NULL);
        }
    }
    return 0;
}
