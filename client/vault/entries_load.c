/* Stored edits, and the states that they make. */
#include <stdlib.h>
#include <string.h>

#include "vault/entries_inside.h"

/* --- numbers and rows --- */

rb_result
rb_entry_number(struct rb_vault *vault, const struct rb_entry_id *entry, int64_t *id_out,
                int64_t *edits_out, bool *found_out, struct rebound_error *err)
{
    static const char sql[] = "SELECT id, edits FROM entries WHERE entry_id = ?1";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_entry_id_slice(entry));
    TRY(rb_stmt_step(stmt, found_out, err));
    if (*found_out) {
        *id_out = rb_stmt_get_i64(stmt, 0);
        *edits_out = rb_stmt_get_i64(stmt, 1);
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_entry_row(struct rb_vault *vault, int64_t id, struct rb_entry_row *out, bool *found_out,
             struct rebound_error *err)
{
    static const char sql[] =
        "SELECT kind, place, at, edits, conflict, marked FROM entries WHERE id = ?1";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, id);
    TRY(rb_stmt_step(stmt, found_out, err));
    if (*found_out)
        *out = (struct rb_entry_row){.id = id,
                                     .kind = rb_stmt_get_i64(stmt, 0),
                                     .place = rb_stmt_get_i64(stmt, 1),
                                     .at = rb_stmt_get_i64(stmt, 2),
                                     .edits = rb_stmt_get_i64(stmt, 3),
                                     .conflict = rb_stmt_get_i64(stmt, 4) != 0,
                                     .marked = (unsigned)rb_stmt_get_i64(stmt, 5)};
out:
    rb_stmt_done(stmt);
    return rc;
}

/* --- edits --- */

/* Bytes of rows, and how many each has: slices would move as the buffer grows. */
struct loading {
    struct rb_buf bytes;
    struct rb_buf lengths; /* of size_t */
    size_t n;
};

static rb_result
load_rows(struct rb_vault *vault, const char *sql, int64_t id, struct loading *l,
          struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, id);
    for (;;) {
        struct rb_slice bytes;
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        bytes = rb_stmt_get_slice(stmt, 0);
        TRY(rb_buf_append_slice(&l->bytes, bytes, err));
        TRY(rb_buf_append(&l->lengths, &bytes.len, sizeof bytes.len, err));
        l->n++;
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
decode_rows(const struct loading *l, struct rb_entry_edits *out, struct rebound_error *err)
{
    size_t at = 0, len;
    enum rebound_code rc = REBOUND_OK;

    out->edits = calloc(l->n + 1, sizeof *out->edits);
    if (out->edits == NULL)
        TRY(rb_no_memory(err));
    for (; out->n < l->n; out->n++) {
        memcpy(&len, l->lengths.ptr + out->n * sizeof len, sizeof len);
        TRY(rb_edit_decode(rb_slice_of(out->bytes.ptr + at, len), &out->edits[out->n], err));
        at += len;
    }
out:
    return rc;
}

rb_result
rb_entry_edits_load(struct rb_vault *vault, int64_t id, int64_t at_least,
                    struct rb_entry_edits **out, struct rebound_error *err)
{
    static const char first_sql[] = "SELECT bytes FROM edits WHERE id = ?1 AND entry = ?1";
    static const char later_sql[] =
        "SELECT bytes FROM edits INDEXED BY edits_later WHERE entry = ?1 AND entry <> id";
    struct rb_entry_edits *loaded = calloc(1, sizeof *loaded);
    struct loading l = {0};
    enum rebound_code rc = REBOUND_OK;

    if (loaded == NULL)
        return rb_no_memory(err);
    TRY(load_rows(vault, first_sql, id, &l, err));
    if (at_least != 1 || l.n == 0)
        TRY(load_rows(vault, later_sql, id, &l, err));
    loaded->bytes = l.bytes;
    l.bytes = (struct rb_buf){0}; /* now owned by loaded */
    TRY(decode_rows(&l, loaded, err));
    *out = loaded;
    loaded = NULL; /* now owned by the caller */
out:
    rb_buf_free(&l.bytes);
    rb_buf_free(&l.lengths);
    rb_entry_edits_free(loaded);
    return rc;
}

void
rb_entry_edits_free(void *edits)
{
    struct rb_entry_edits *e = edits;

    if (e == NULL)
        return;
    for (size_t i = 0; i < e->n; i++)
        rb_edit_free(&e->edits[i]);
    free(e->edits);
    rb_buf_free(&e->bytes);
    free(e);
}

/* --- states --- */

rb_result
rb_entry_load(struct rb_vault *vault, int64_t id, int64_t at_least, struct rb_entry_state **out,
              struct rebound_error *err)
{
    struct rb_entry_edits *edits = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entry_edits_load(vault, id, at_least, &edits, err));
    if (edits->n == 0)
        TRY(rb_fail(err, REBOUND_DAMAGED,
                    "The vault's database is damaged: an entry has no change that made it."));
    TRY(rb_entry_merge(edits->edits, edits->n, &rb_entries_schema(vault)->merge, out, err));
    rb_entry_state_keep(*out, edits, rb_entry_edits_free);
    edits = NULL; /* now owned by the state */
out:
    rb_entry_edits_free(edits);
    return rc;
}

static rb_result
no_such_entry(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_NOT_FOUND, "There is no such entry.");
}

rb_result
rb_entries_get(struct rb_vault *vault, const struct rb_entry_id *id, struct rb_entry_state **out,
               struct rebound_error *err)
{
    int64_t number = 0, edits = 0;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin_read(vault, err));
    rc = rb_entry_number(vault, id, &number, &edits, &found, err);
    if (rc == REBOUND_OK && !found)
        rc = no_such_entry(err);
    if (rc == REBOUND_OK)
        rc = rb_entry_load(vault, number, edits, out, err);
    rb_vault_end_read(vault);
out:
    return rc;
}

static int
by_stamp(const void *a, const void *b)
{
    return rb_stamp_compare(&((const struct rb_edit *)a)->stamp,
                            &((const struct rb_edit *)b)->stamp);
}

rb_result
rb_entries_history(struct rb_vault *vault, const struct rb_entry_id *id,
                   rb_result (*each)(void *ctx, const struct rb_edit *edit), void *ctx,
                   struct rebound_error *err)
{
    struct rb_entry_edits *edits = NULL;
    int64_t number = 0, n = 0;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin_read(vault, err));
    rc = rb_entry_number(vault, id, &number, &n, &found, err);
    if (rc == REBOUND_OK && !found)
        rc = no_such_entry(err);
    if (rc == REBOUND_OK)
        rc = rb_entry_edits_load(vault, number, n, &edits, err);
    rb_vault_end_read(vault);
    if (rc != REBOUND_OK)
        goto out;
    qsort(edits->edits, edits->n, sizeof *edits->edits, by_stamp);
    for (size_t i = 0; i < edits->n; i++)
        TRY(each(ctx, &edits->edits[i]));
out:
    rb_entry_edits_free(edits);
    return rc;
}

/* --- prefixes --- */

/* The least and the greatest id that begin with these digits. False: they are no hex digits, or too
 * few, or more than an id has. */
static bool
range_of(const char *hex, struct rb_entry_id *low, struct rb_entry_id *high)
{
    char digits[2 * sizeof low->bytes]; /* no text: without a NUL */
    size_t n = strlen(hex);

    if (n < 4 || n > sizeof digits)
        return false;
    memset(digits, '0', sizeof digits);
    memcpy(digits, hex, n);
    if (!rb_hex_get(low->bytes, sizeof low->bytes, digits, sizeof digits))
        return false;
    memset(digits + n, 'f', sizeof digits - n);
    return rb_hex_get(high->bytes, sizeof high->bytes, digits, sizeof digits);
}

rb_result
rb_entries_by_prefix(struct rb_vault *vault, const char *hex, struct rb_entry_id *out, size_t max,
                     size_t *n_out, struct rebound_error *err)
{
    static const char sql[] =
        "SELECT entry_id FROM entries WHERE entry_id BETWEEN ?1 AND ?2 ORDER BY entry_id LIMIT ?3";
    struct rb_entry_id low, high;
    struct rb_stmt *stmt = NULL;
    size_t n = 0;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    if (!range_of(hex, &low, &high))
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "That is no beginning of an entry's id: it takes 4 to 32 of the digits 0 to "
                       "9 and a to f.");
    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_entry_id_slice(&low));
    rb_stmt_put_slice(stmt, 2, rb_entry_id_slice(&high));
    rb_stmt_put_u64(stmt, 3, (uint64_t)max + 1);
    for (;; n++) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        if (n < max)
            TRY(rb_stmt_get_fixed(stmt, 0, out[n].bytes, sizeof out[n].bytes, err));
    }
    *n_out = n;
out:
    rb_stmt_done(stmt);
    return rc;
}
