/* Which entries go out, and each with all its edits. */
#include "port/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/times.h"
#include "journal/kinds.h"

rb_result
rb_port_write_text(const struct rb_export_sink *sink, const char *text, struct rebound_error *err)
{
    return sink->write(sink->ctx, rb_slice_text(text), err);
}

unsigned
rb_port_harmful(struct rb_slice text, size_t *len_out)
{
    const uint8_t *t = text.ptr;
    unsigned c = t[0];

    *len_out = 1;
    if (c < 0x80)
        return c == 0x7f || (c < ' ' && c != '\n' && c != '\r' && c != '\t') ? c : 0;
    if (c == 0xc2 && text.len > 1 && t[1] <= 0x9f) {
        *len_out = 2;
        return t[1];
    }
    if (c != 0xe2 || text.len < 3 || (t[1] != 0x80 && t[1] != 0x81))
        return 0;
    c = 0x2000 | (t[1] & 0x3fu) << 6 | (t[2] & 0x3fu);
    if ((c < 0x2028 || c > 0x202e) && (c < 0x2066 || c > 0x2069))
        return 0;
    *len_out = 3;
    return c;
}

void
rb_port_picture(unsigned harmful, uint8_t out[3])
{
    const uint8_t control[3] = {0xe2, 0x90, (uint8_t)(harmful == 0x7f ? 0xa1 : 0x80 | harmful)};

    memcpy(out, harmful > 0x7f ? (const uint8_t *)"\xef\xbf\xbd" : control, 3);
}

static bool
local_of(int64_t ms, struct tm *out)
{
    time_t moment = (time_t)(ms / 1000);

    return localtime_r(&moment, out) != NULL;
}

struct rb_slice
rb_port_time(struct rb_slice value, char out[32])
{
    struct tm local;
    int64_t ms = 0;

    if (value.len == 10 || !rb_time_get(value, &ms) || !local_of(ms, &local) ||
        strftime(out, 32, "%Y-%m-%d %H:%M", &local) == 0)
        return value;
    return rb_slice_text(out);
}

void
rb_port_day(const struct rb_entry_state *state, char out[11])
{
    const struct rb_entry_field *at = rb_entry_field(state, "at");
    int64_t ms = (int64_t)state->first.wall_ms;
    struct tm local;

    if (at != NULL && rb_time_get(at->value, &ms) && at->value.len == 10) {
        (void)snprintf(out, 11, "%.10s", (const char *)at->value.ptr);
        return;
    }
    if (!local_of(ms, &local) || strftime(out, 11, "%Y-%m-%d", &local) == 0)
        (void)snprintf(out, 11, "undated");
}

/* --- which --- */

struct ids {
    struct rb_buf found; /* of struct rb_entry_id */
    struct rebound_error *err;
};

static rb_result
keep_id(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
        const char *snippet)
{
    struct ids *ids = ctx;

    (void)state;
    (void)snippet;
    return rb_buf_append(&ids->found, id, sizeof *id, ids->err);
}

static rb_result
find_all(struct rb_vault *vault, const struct rb_entries_query *queries, size_t n_queries,
         struct ids *ids)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin_read(vault, ids->err));
    for (size_t i = 0; i < n_queries && rc == REBOUND_OK; i++)
        rc = rb_entries_find(vault, &queries[i], keep_id, ids, NULL, ids->err);
    rb_vault_end_read(vault);
out:
    return rc;
}

/* --- each --- */

struct kept { /* its edits, one after the other, and the length of each */
    struct rb_buf bytes, lengths;
    struct rebound_error *err;
};

static rb_result
keep_edit(void *ctx, const struct rb_edit *edit)
{
    struct kept *kept = ctx;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append(&kept->lengths, &edit->bytes.len, sizeof edit->bytes.len, kept->err));
    TRY(rb_buf_append_slice(&kept->bytes, edit->bytes, kept->err));
out:
    return rc;
}

static rb_result
read_entry(struct rb_vault *vault, const struct rb_entry_id *id, struct rb_entry_state **state,
           struct kept *kept, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin_read(vault, err));
    rc = rb_entries_get(vault, id, state, err);
    if (rc == REBOUND_OK)
        rc = rb_entries_history(vault, id, keep_edit, kept, err);
    rb_vault_end_read(vault);
out:
    return rc;
}

static rb_result
hand_over(const struct rb_port_writer *writer, const struct rb_entry_state *state,
          const struct kept *kept, struct rebound_error *err)
{
    const size_t *lengths = (const size_t *)(const void *)kept->lengths.ptr;
    size_t n = kept->lengths.len / sizeof *lengths, at = 0;
    struct rb_slice *edits = calloc(n + 1, sizeof *edits);
    enum rebound_code rc = REBOUND_OK;

    if (edits == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < n; at += lengths[i++])
        edits[i] = rb_slice_of(kept->bytes.ptr + at, lengths[i]);
    TRY(writer->entry(writer->ctx, state, edits, n, err));
out:
    free(edits);
    return rc;
}

/* One that is gone since the list was made is passed over. */
static rb_result
export_entry(struct rb_vault *vault, const struct rb_entry_id *id,
             const struct rb_port_writer *writer, uint64_t *n, struct rebound_error *err)
{
    const struct rb_entries_schema *kinds = rb_kinds_schema();
    struct kept kept = {.err = err};
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = read_entry(vault, id, &state, &kept, err);

    if (rc == REBOUND_NOT_FOUND) {
        rc = REBOUND_OK;
        goto out;
    }
    TRY(rc);
    if (writer->kind != NULL && !rb_slice_equal(state->kind, rb_slice_text(writer->kind)))
        goto out;
    TRY(hand_over(writer, state, &kept, err));
    *n += kinds->is_listed(kinds->ctx, state->kind);
out:
    rb_entry_state_free(state);
    rb_buf_free(&kept.bytes);
    rb_buf_free(&kept.lengths);
    return rc;
}

rb_result
rb_port_each(struct rb_vault *vault, const struct rb_entries_query *queries, size_t n_queries,
             const struct rb_export_sink *sink, const struct rb_port_writer *writer,
             uint64_t *entries_out, struct rebound_error *err)
{
    struct ids ids = {.err = err};
    const struct rb_entry_id *id = NULL;
    uint64_t written = 0;
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(find_all(vault, queries, n_queries, &ids));
    id = (const struct rb_entry_id *)(const void *)ids.found.ptr;
    n = ids.found.len / sizeof *id;
    for (size_t i = 0; i < n; i++) {
        if (sink->progress != NULL)
            sink->progress(sink->ctx, i, n);
        TRY(export_entry(vault, &id[i], writer, &written, err));
    }
    if (entries_out != NULL)
        *entries_out = written;
out:
    rb_buf_free(&ids.found);
    return rc;
}
