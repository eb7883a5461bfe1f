#include "vault/entries.h"

#include <stdlib.h>
#include <string.h>

#include "vault/entries_inside.h"
#include "vault/numbers.h"
#include "vault/records.h"

/* --- saving --- */

/* One call: what is looked up once, and entries to be derived when all edits are stored. */
struct saving {
    struct rb_vault *vault;
    const struct rb_stream_id *stream;
    const struct rb_edit_origin *origin; /* NULL: made here */
    int64_t stream_number, author_number;
    int64_t next_id;
    struct rb_device_key device; /* the last one looked up… */
    int64_t device_number;       /* …and its number; 0: none yet */
    struct rb_deriving deriving;
    struct rb_buf touched; /* of struct touched */
    bool index_fresh;      /* new entries are indexed at once: many, made here */
    struct rb_fresh fresh;
};

/* An edit of an entry that had edits before. */
struct touched {
    int64_t entry;
    struct rb_stamp stamp;
    bool moves; /* into the trash or out of it, and nothing else */
};

static rb_result
saving_begin(struct saving *s, struct rebound_error *err)
{
    static const char sql[] = "SELECT max(id) FROM edits";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    s->deriving.vault = s->vault;
    TRY(rb_number_of_stream(s->vault, s->stream, &s->stream_number, err));
    if (s->origin != NULL)
        TRY(rb_number_of_device(s->vault, &s->origin->author, &s->author_number, err));
    TRY(rb_vault_prepare(s->vault, sql, &stmt, err));
    TRY(rb_stmt_step(stmt, &row, err));
    s->next_id = row ? rb_stmt_get_i64(stmt, 0) + 1 : 1;
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
device_number(struct saving *s, const struct rb_device_key *device, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (s->device_number != 0 && rb_device_key_equal(device, &s->device))
        return REBOUND_OK;
    TRY(rb_number_of_device(s->vault, device, &s->device_number, err));
    s->device = *device;
out:
    return rc;
}

/* Stores the edit under next_id; entry 0: it is the first of its entry. */
static rb_result
store_edit(struct saving *s, const struct rb_edit *e, int64_t entry, struct rebound_error *err)
{
    static const char sql[] = "INSERT INTO edits(id, entry, stream, author, sequence, wall_ms,"
                              " counter, device, bytes) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(device_number(s, &e->stamp.device, err));
    TRY(rb_vault_prepare(s->vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, s->next_id);
    rb_stmt_put_i64(stmt, 2, entry == 0 ? s->next_id : entry);
    rb_stmt_put_i64(stmt, 3, s->stream_number);
    if (s->origin != NULL) {
        rb_stmt_put_i64(stmt, 4, s->author_number);
        rb_stmt_put_u64(stmt, 5, s->origin->sequence);
    }
    rb_stmt_put_i64(stmt, 6, (int64_t)e->stamp.wall_ms);
    rb_stmt_put_i64(stmt, 7, e->stamp.counter);
    rb_stmt_put_i64(stmt, 8, s->device_number);
    rb_stmt_put_slice(stmt, 9, e->bytes);
    TRY(rb_stmt_run(stmt, err));
    if (s->origin == NULL)
        TRY(rb_outbox_put(s->vault, s->stream_number, s->next_id, err));
    s->next_id++;
out:
    rb_stmt_done(stmt);
    return rc;
}

/* Is exactly this edit stored? *id_out is then its number. */
static rb_result
find_edit(struct saving *s, const struct rb_edit *e, int64_t entry, int64_t *id_out,
          bool *found_out, struct rebound_error *err)
{
    static const char sql[] =
        "SELECT id, bytes FROM edits WHERE id = ?1 AND entry = ?1 AND wall_ms = ?2 AND counter = ?3"
        " UNION ALL SELECT id, bytes FROM edits"
        " WHERE entry = ?1 AND entry <> id AND wall_ms = ?2 AND counter = ?3";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    *found_out = false;
    TRY(rb_vault_prepare(s->vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, entry);
    rb_stmt_put_i64(stmt, 2, (int64_t)e->stamp.wall_ms);
    rb_stmt_put_i64(stmt, 3, e->stamp.counter);
    while (!*found_out) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        *found_out = rb_slice_equal(rb_stmt_get_slice(stmt, 1), e->bytes);
        *id_out = rb_stmt_get_i64(stmt, 0);
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

/* An edit that is there came in another record too: should the first be cut off, this one still
 * stands for it. */
static rb_result
note_origin(struct saving *s, int64_t edit, struct rebound_error *err)
{
    static const char sql[] = "INSERT OR IGNORE INTO edits_also(edit, stream, author, sequence)"
                              " SELECT id, ?2, ?3, ?4 FROM edits WHERE id = ?1"
                              " AND (stream <> ?2 OR author IS NOT ?3 OR sequence IS NOT ?4)";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (s->origin == NULL)
        return REBOUND_OK;
    TRY(rb_vault_prepare(s->vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, edit);
    rb_stmt_put_i64(stmt, 2, s->stream_number);
    rb_stmt_put_i64(stmt, 3, s->author_number);
    rb_stmt_put_u64(stmt, 4, s->origin->sequence);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* The common case: an entry that is new, of the one edit in hand. */
static rb_result
save_first(struct saving *s, const struct rb_edit *e, struct rebound_error *err)
{
    struct rb_entry_state *state = NULL;
    int64_t id = s->next_id;
    enum rebound_code rc = REBOUND_OK;

    TRY(store_edit(s, e, 0, err));
    TRY(rb_entry_merge(e, 1, &rb_entries_schema(s->vault)->merge, &state, err));
    TRY(rb_deriving_put(&s->deriving, NULL, id, 1, state, false, err));
    if (s->index_fresh)
        TRY(rb_fresh_add(&s->fresh, s->vault, id, state, err));
out:
    rb_entry_state_free(state);
    return rc;
}

static bool
only_moves(const struct rb_edit *e)
{
    for (size_t i = 0; i < e->n_ops; i++) {
        if (e->ops[i].type != RB_OP_DELETE && e->ops[i].type != RB_OP_RESTORE)
            return false;
    }
    return true;
}

static rb_result
save_edit(struct saving *s, const struct rb_edit *e, struct rebound_error *err)
{
    struct touched touched;
    int64_t entry = 0, edits = 0, edit = 0;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entry_number(s->vault, &e->entry, &entry, &edits, &found, err));
    if (!found)
        return save_first(s, e, err);
    TRY(find_edit(s, e, entry, &edit, &found, err));
    if (found)
        return note_origin(s, edit, err);
    TRY(store_edit(s, e, entry, err));
    memset(&touched, 0, sizeof touched);
    touched.entry = entry;
    touched.stamp = e->stamp;
    touched.moves = only_moves(e);
    TRY(rb_buf_append(&s->touched, &touched, sizeof touched, err));
out:
    return rc;
}

static int
by_entry(const void *a, const void *b)
{
    const struct touched *x = a, *y = b;

    return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* One entry, of which n edits came in. */
static rb_result
derive_entry(struct saving *s, const struct touched *edits, size_t n, struct rebound_error *err)
{
    struct rb_buf moves = {0}; /* of struct rb_stamp */
    bool all = true;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < n; i++) {
        all = all && edits[i].moves;
        TRY(rb_buf_append(&moves, &edits[i].stamp, sizeof edits[i].stamp, err));
    }
    TRY(rb_deriving_again(&s->deriving, edits[0].entry,
                          (const struct rb_stamp *)(const void *)moves.ptr, all ? n : 0, err));
out:
    rb_buf_free(&moves);
    return rc;
}

static rb_result
derive_touched(struct saving *s, struct rebound_error *err)
{
    struct touched *touched = (struct touched *)(void *)s->touched.ptr;
    size_t n = s->touched.len / sizeof *touched, start = 0;
    enum rebound_code rc = REBOUND_OK;

    if (n > 1)
        qsort(touched, n, sizeof *touched, by_entry);
    for (size_t i = 1; i <= n; i++) {
        if (i < n && touched[i].entry == touched[start].entry)
            continue;
        TRY(derive_entry(s, &touched[start], i - start, err));
        start = i;
    }
out:
    return rc;
}

static rb_result
not_in_a_transaction(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_MISUSE, "Entries are changed inside a write transaction.");
}

rb_result
rb_entries_save(struct rb_vault *vault, const struct rb_stream_id *stream,
                const struct rb_edit *edits, size_t n, const struct rb_edit_origin *origin,
                struct rebound_error *err)
{
    struct saving s = {.vault = vault, .stream = stream, .origin = origin};
    size_t bytes = 0;
    enum rebound_code rc = REBOUND_OK;

    if (rb_vault_db(vault) != NULL && !rb_db_in_transaction(rb_vault_db(vault)))
        return not_in_a_transaction(err);
    TRY(saving_begin(&s, err));
    s.index_fresh = origin == NULL && n >= RB_INDEX_MANY;
    for (size_t i = 0; s.index_fresh && i < n; i++)
        bytes += edits[i].bytes.len;
    TRY(rb_fresh_begin(&s.fresh, bytes, err));
    for (size_t i = 0; i < n; i++)
        TRY(save_edit(&s, &edits[i], err));
    TRY(derive_touched(&s, err));
    TRY(rb_deriving_end(&s.deriving, err));
    if (s.touched.len == 0) /* else one of them may have changed since */
        TRY(rb_fresh_index(&s.fresh, vault, err));
    TRY(rb_index_keep_short(vault, n, err));
out:
    rb_fresh_free(&s.fresh);
    rb_deriving_free(&s.deriving);
    rb_buf_free(&s.touched);
    return rc;
}

/* --- counting --- */

/* What lists do not show, such as names of devices, is no entry to a person; its conflicts are still to be settled. */
rb_result
rb_entries_count(struct rb_vault *vault, struct rb_entries_counts *out, struct rebound_error *err)
{
    static const char sql[] = "SELECT name, alive, trashed, conflicted FROM kinds";
    const struct rb_entries_schema *schema = rb_entries_schema(vault);
    struct rb_entries_counts counts = {0};
    struct rb_stmt *stmt = NULL;
    bool row = true;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        counts.conflicted += rb_stmt_get_u64(stmt, 3);
        if (!schema->is_listed(schema->ctx, rb_stmt_get_slice(stmt, 0)))
            continue;
        counts.alive += rb_stmt_get_u64(stmt, 1);
        counts.trashed += rb_stmt_get_u64(stmt, 2);
    }
    *out = counts;
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_entries_is_unsent(struct rb_vault *vault, const struct rb_entry_id *id, bool *out,
                     struct rebound_error *err)
{
    static const char sql[] =
        "SELECT 1 FROM (SELECT id, stream FROM edits WHERE id = ?1 AND entry = ?1"
        "   AND author IS NULL"
        "  UNION ALL SELECT id, stream FROM edits WHERE entry = ?1 AND entry <> id"
        "   AND author IS NULL) e"
        " WHERE EXISTS(SELECT 1 FROM outbox o WHERE o.stream = e.stream AND o.edit = e.id)"
        " OR EXISTS(SELECT 1 FROM streams s CROSS JOIN sealed x ON x.stream = s.id"
        "   AND x.sequence > s.own_acknowledged AND e.id BETWEEN x.first AND x.last"
        "   WHERE s.id = e.stream)"
        " LIMIT 1";
    struct rb_stmt *stmt = NULL;
    int64_t number = 0, edits = 0;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entry_number(vault, id, &number, &edits, &found, err));
    if (!found)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "There is no such entry."));
    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, number);
    TRY(rb_stmt_step(stmt, &found, err));
    *out = found;
out:
    rb_stmt_done(stmt);
    return rc;
}
