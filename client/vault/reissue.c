/* A vault that was restored or copied goes on under a new device key (proto/README.md, section 12):
 * what no server took yet is issued anew.
 *
 * A stamp keeps its time and counter and changes its device: it stays greater than those of its
 * parents and is unique as before, for the new key has made none. So an edit keeps its row, and all
 * that names it by number stays right. */
#include <stdlib.h>
#include <string.h>

#include "vault/entries_inside.h"
#include "vault/numbers.h"
#include "vault/records.h"

struct item {
    uint64_t wall_ms;
    uint32_t counter;
    int64_t edit;
};

struct reissue {
    struct rb_vault *vault;
    const struct rb_device_key *from, *to;
    int64_t stream, from_number, to_number;
    uint64_t sequence;     /* of the last record of `from` that stands */
    struct rb_buf items;   /* struct item, by stamp */
    struct rb_buf entries; /* struct rb_entry_id, with repeats */
};

/* Runs a statement over ?1 the stream, ?2 the old device, ?3 the sequence, as far as it has them.
 */
static rb_result
run(const struct reissue *r, const char *sql, int parameters, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(r->vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, r->stream);
    if (parameters > 1)
        rb_stmt_put_i64(stmt, 2, r->from_number);
    if (parameters > 2)
        rb_stmt_put_u64(stmt, 3, r->sequence);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* --- which edits --- */

static int
by_stamp(const void *a, const void *b)
{
    const struct item *x = a, *y = b;

    if (x->wall_ms != y->wall_ms)
        return x->wall_ms < y->wall_ms ? -1 : 1;
    return x->counter < y->counter ? -1 : x->counter > y->counter;
}

static rb_result
collect(struct reissue *r, struct rebound_error *err)
{
    static const char sql[] =
        "SELECT e.wall_ms, e.counter, e.id FROM outbox o CROSS JOIN edits e ON e.id = o.edit"
        " WHERE o.stream = ?1 AND e.device = ?2 AND e.entry <> 0";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(r->vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, r->stream);
    rb_stmt_put_i64(stmt, 2, r->from_number);
    for (;;) {
        struct item item = {0};
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        item.wall_ms = (uint64_t)rb_stmt_get_i64(stmt, 0);
        item.counter = (uint32_t)rb_stmt_get_i64(stmt, 1);
        item.edit = rb_stmt_get_i64(stmt, 2);
        TRY(rb_buf_append(&r->items, &item, sizeof item, err));
    }
    if (r->items.len > 0)
        qsort(r->items.ptr, r->items.len / sizeof(struct item), sizeof(struct item), by_stamp);
out:
    rb_stmt_done(stmt);
    return rc;
}

/* What is above the last record that stands waits again; what is in it and below came, from now on,
 * from another device. */
static rb_result
return_to_outbox(const struct reissue *r, struct rebound_error *err)
{
    static const char back[] =
        "INSERT INTO outbox(stream, edit) SELECT x.stream, e.id FROM sealed x"
        " CROSS JOIN edits e ON e.id BETWEEN x.first AND x.last"
        " WHERE x.stream = ?1 AND x.sequence > ?3 ON CONFLICT DO NOTHING";
    static const char came_in[] =
        "UPDATE edits SET author = ?2, sequence = x.sequence FROM sealed x"
        " WHERE x.stream = ?1 AND x.sequence <= ?3"
        " AND edits.id BETWEEN x.first AND x.last";
    static const char sealed[] = "DELETE FROM sealed WHERE stream = ?1";
    static const char acknowledged[] = "UPDATE streams SET own_acknowledged = 0 WHERE id = ?1";
    enum rebound_code rc = REBOUND_OK;

    TRY(run(r, back, 3, err));
    TRY(run(r, came_in, 3, err));
    TRY(run(r, sealed, 1, err));
    TRY(run(r, acknowledged, 1, err));
out:
    return rc;
}

/* --- new stamps --- */

static void
rename_stamp(void *ctx, struct rb_stamp *stamp)
{
    const struct reissue *r = ctx;
    struct item key = {.wall_ms = stamp->wall_ms, .counter = stamp->counter};

    if (rb_device_key_equal(&stamp->device, r->from) && r->items.len > 0 &&
        bsearch(&key, r->items.ptr, r->items.len / sizeof key, sizeof key, by_stamp) != NULL)
        stamp->device = *r->to;
}

static rb_result
read_bytes(const struct reissue *r, int64_t edit, struct rb_buf *out, struct rebound_error *err)
{
    static const char sql[] = "SELECT bytes FROM edits WHERE id = ?1";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(out);
    TRY(rb_vault_prepare(r->vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, edit);
    TRY(rb_stmt_step(stmt, &row, err));
    if (row)
        TRY(rb_buf_append_slice(out, rb_stmt_get_slice(stmt, 0), err));
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
write_edit(const struct reissue *r, int64_t id, struct rb_slice bytes, struct rebound_error *err)
{
    static const char sql[] = "UPDATE edits SET device = ?2, bytes = ?3 WHERE id = ?1";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(r->vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, id);
    rb_stmt_put_i64(stmt, 2, r->to_number);
    rb_stmt_put_slice(stmt, 3, bytes);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
reissue_edit(struct reissue *r, int64_t id, struct rebound_error *err)
{
    struct rb_stamp parents[RB_EDIT_PARENTS_MAX];
    struct rb_buf old = {0}, new = {0};
    struct rb_edit edit = {.memory = NULL}, renamed;
    enum rebound_code rc = REBOUND_OK;

    TRY(read_bytes(r, id, &old, err));
    TRY(rb_edit_decode(rb_buf_slice(&old), &edit, err));
    renamed = edit;
    rename_stamp(r, &renamed.stamp);
    for (size_t i = 0; i < edit.n_parents; i++) {
        parents[i] = edit.parents[i];
        rename_stamp(r, &parents[i]);
    }
    renamed.parents = parents;
    TRY(rb_edit_encode(&renamed, &new, err));
    TRY(write_edit(r, id, rb_buf_slice(&new), err));
    TRY(rb_buf_append(&r->entries, &edit.entry, sizeof edit.entry, err));
out:
    rb_edit_free(&edit);
    rb_buf_free(&old);
    rb_buf_free(&new);
    return rc;
}

static int
by_entry(const void *a, const void *b)
{
    return rb_entry_id_compare(a, b);
}

static rb_result
derive(struct reissue *r, struct rebound_error *err)
{
    struct rb_entry_id *ids = (struct rb_entry_id *)(void *)r->entries.ptr;
    size_t n = r->entries.len / sizeof *ids;
    enum rebound_code rc = REBOUND_OK;

    if (n > 0)
        qsort(ids, n, sizeof *ids, by_entry);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !rb_entry_id_equal(&ids[i], &ids[i - 1]))
            TRY(rb_entries_derive(r->vault, &ids[i], err));
    }
out:
    return rc;
}

/* --- the old key's own chain --- */

/* Back to the last record that stands, so that those which another copy of the vault signed can
 * take the place of ours. */
static rb_result
take_back_records(const struct reissue *r, const struct rb_stream_id *stream,
                  struct rebound_error *err)
{
    struct rb_author_row row;
    struct rb_record_id id = {{0}};
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_records_author(r->vault, stream, r->from, &row, err));
    if (row.head.sequence <= r->sequence)
        return REBOUND_OK;
    if (r->sequence > 0)
        TRY(rb_records_get(r->vault, stream, r->from, r->sequence, NULL, &id, &found, err));
    if (r->sequence > 0 && !found)
        TRY(rb_fail(err, REBOUND_DAMAGED,
                    "A record of this device is missing in the journal's database."));
    TRY(rb_records_drop_after(r->vault, stream, r->from, r->sequence, err));
    row.head = (struct rb_head){.sequence = r->sequence, .id = id};
    TRY(rb_records_author_put(r->vault, stream, &row, err));
out:
    return rc;
}

rb_result
rb_outbox_reissue(struct rb_vault *vault, const struct rb_stream_id *stream,
                  const struct rb_device_key *from, uint64_t sequence,
                  const struct rb_device_key *to, struct rebound_error *err)
{
    struct reissue r = {.vault = vault, .from = from, .to = to};
    const struct item *items;
    enum rebound_code rc = REBOUND_OK;

    r.sequence = sequence > INT64_MAX ? INT64_MAX : sequence; /* a claim of the server's */
    TRY(rb_number_of_stream(vault, stream, &r.stream, err));
    TRY(rb_number_of_device(vault, from, &r.from_number, err));
    TRY(rb_number_of_device(vault, to, &r.to_number, err));
    TRY(return_to_outbox(&r, err));
    TRY(collect(&r, err));
    items = (const struct item *)(const void *)r.items.ptr;
    for (size_t i = 0; i < r.items.len / sizeof *items; i++)
        TRY(reissue_edit(&r, items[i].edit, err));
    TRY(derive(&r, err));
    TRY(rb_entries_rename_steps(vault, rename_stamp, &r, err));
    TRY(take_back_records(&r, stream, err));
out:
    rb_buf_free(&r.items);
    rb_buf_free(&r.entries);
    return rc;
}
