/* A file to import, in each format: whatever comes out of it is text, of known fields, and within
 * the limits. */
#include "fuzz/fuzz.h"

#include "port/port.h"

#include <stdlib.h>
#include <string.h>

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
    (void)index;
    require(sentence[0] != '\0');
}

static rb_result
take_content(void *ctx, const struct rb_import_piece *piece, struct rebound_error *err)
{
    (void)ctx;
    (void)err;
    require(piece->bytes.len <= 64u << 20);
    return REBOUND_OK;
}

/* A few bytes at a time. */
static rb_result
read_some(void *ctx, void *to, size_t room, size_t *n_out, struct rebound_error *err)
{
    struct rb_slice *left = ctx;
    size_t n = left->len < 7 ? left->len : 7;

    (void)err;
    require(room >= n);
    if (n > 0)
        memcpy(to, left->ptr, n);
    *left = rb_slice_of(left->ptr + n, left->len - n);
    *n_out = n;
    return REBOUND_OK;
}

static enum rebound_code
import_all(const struct rb_port_source *source, const char *format)
{
    const struct rb_import_target target = {
        .entry = take, .content = take_content, .refused = refuse};
    struct rb_import *import = NULL;
    enum rebound_code rc = rb_import_open(source, format, &import, NULL);

    if (rc == REBOUND_OK) {
        rc = rb_import_run(import, &target, NULL);
        require(rc == REBOUND_OK || rb_import_count(import) == 0);
    }
    rb_import_free(import);
    return rc;
}

/* Bit by bit the same comes out as in one piece. */
static void
import_bit_by_bit(const uint8_t *data, size_t size, enum rebound_code expected)
{
    size_t head = size < 10 ? size : 10;
    struct rb_slice left = rb_slice_of(data + head, size - head);
    const struct rb_port_file file = {.name = rb_slice_text("a.json"),
                                      .bytes = rb_slice_of(data, head)};
    const struct rb_port_source source = {.files = &file, .n = 1, .read = read_some, .ctx = &left};

    require(import_all(&source, "json") == expected);
}

/* As a file of its own, and as one of a folder, under names that say what it is. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rb_port_file files[] = {
        {.name = rb_slice_text("2026-11-24 a.md"), .bytes = rb_slice_of(data, size)},
        {.name = rb_slice_text("2026-11.txt"), .bytes = rb_slice_of(data, size)}};
    const struct rb_port_source sources[] = {{.files = files, .n = 1},
                                             {.files = files, .n = 2, .is_folder = true}};

    for (size_t s = 0; s < sizeof sources / sizeof sources[0]; s++) {
        const char *format = NULL;
        for (size_t i = 0; i == 0 || format != NULL; i++) {
            (void)import_all(&sources[s], format);
            format = rb_import_format_at(i, NULL);
        }
    }
    import_bit_by_bit(data, size, import_all(&sources[0], "json"));
    return 0;
}
