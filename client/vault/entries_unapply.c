/* Taking edits out again that came in records which count no more. */
#include <string.h>

#include "vault/entries_inside.h"
#include "vault/numbers.h"

struct cut {
    struct rb_vault *vault;
    int64_t stream, author; /* their numbers */
    uint64_t from;
    struct rb_buf edits; /* of struct cut_edit */
};

struct cut_edit {
    int64_t id, entry;
};

static void
put_cut(struct rb_stmt *stmt, const struct cut *c)
{
    rb_stmt_put_i64(stmt, 1, c->stream);
    rb_stmt_put_i64(stmt, 2, c->author);
    rb_stmt_put_u64(stmt, 3, c->from);
}

static rb_result
run_cut(const struct cut *c, const char *sql, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(c->vault, sql, &stmt, err));
    put_cut(stmt, c);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* Edits that those records brought; of edits made here, which of the author's stamp they carry. */
static rb_result
collect(struct cut *c, struct rebound_error *err)
{
    static const char sql[] =
        "SELECT id, entry FROM edits WHERE stream = ?1 AND author = ?2 AND sequence >= ?3"
        " AND entry <> 0"
        " UNION ALL SELECT e.id, e.entry FROM sealed x CROSS JOIN edits e"
        "  ON e.id BETWEEN x.first AND x.last"
        "  WHERE x.stream = ?1 AND x.sequence >= ?3 AND e.stream = ?1 AND e.author IS NULL"
        "  AND e.device = ?2 AND e.entry <> 0";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(c->vault, sql, &stmt, err));
    put_cut(stmt, c);
    for (;;) {
        struct cut_edit edit;
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        edit.id = rb_stmt_get_i64(stmt, 0);
        edit.entry = rb_stmt_get_i64(stmt, 1);
        TRY(rb_buf_append(&c->edits, &edit, sizeof edit, err));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

/* Another record brought it too: it now counts as that one's. */
static rb_result
rehome(const struct cut *c, int64_t edit, bool *done_out, struct rebound_error *err)
{
    static const char select_sql[] =
        "SELECT stream, author, sequence FROM edits_also WHERE edit = ?1 LIMIT 1";
    static const char update_sql[] =
        "UPDATE edits SET stream = ?2, author = ?3, sequence = ?4 WHERE id = ?1";
    static const char delete_sql[] =
        "DELETE FROM edits_also WHERE edit = ?1 AND stream = ?2 AND author = ?3 AND sequence = ?4";
    static const char *const writes[] = {update_sql, delete_sql};
    struct rb_stmt *select = NULL, *write = NULL;
    int64_t values[3];
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(c->vault, select_sql, &select, err));
    rb_stmt_put_i64(select, 1, edit);
    TRY(rb_stmt_step(select, done_out, err));
    if (!*done_out)
        goto out;
    for (int i = 0; i < 3; i++)
        values[i] = rb_stmt_get_i64(select, i);
    rb_stmt_reset(select); /* before its row is deleted */
    for (size_t w = 0; w < 2; w++) {
        TRY(rb_vault_prepare(c->vault, writes[w], &write, err));
        rb_stmt_put_i64(write, 1, edit);
        for (int i = 0; i < 3; i++)
            rb_stmt_put_i64(write, i + 2, values[i]);
        TRY(rb_stmt_run(write, err));
        rb_stmt_done(write);
        write = NULL;
    }
out:
    rb_stmt_done(select);
    rb_stmt_done(write);
    return rc;
}

/* Its row stays, empty, so that its number is never used again. */
static rb_result
take_out(const struct cut *c, const struct cut_edit *edit, struct rebound_error *err)
{
    static const char sql[] = "UPDATE edits SET entry = 0, bytes = x'' WHERE id = ?1";
    struct rb_stmt *stmt = NULL;
    bool stays = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rehome(c, edit->id, &stays, err));
    if (stays)
        return REBOUND_OK;
    TRY(rb_vault_prepare(c->vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, edit->id);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* Entries may repeat; one that is gone already has nothing left to derive. */
static rb_result
derive_all(const struct cut *c, struct rebound_error *err)
{
    struct rb_deriving d = {.vault = c->vault};
    struct cut_edit edit;
    struct rb_entry_row row;
    int64_t last = 0;
    bool found;
    enum rebound_code rc = REBOUND_OK;

    for (size_t at = 0; at < c->edits.len; at += sizeof edit) {
        memcpy(&edit, c->edits.ptr + at, sizeof edit);
        if (edit.entry == last)
            continue;
        last = edit.entry;
        TRY(rb_entry_row(c->vault, edit.entry, &row, &found, err));
        if (found)
            TRY(rb_deriving_again(&d, edit.entry, NULL, 0, err));
    }
    TRY(rb_deriving_end(&d, err));
out:
    rb_deriving_free(&d);
    return rc;
}

rb_result
rb_entries_unapply(struct rb_vault *vault, const struct rb_stream_id *stream,
                   const struct rb_device_key *author, uint64_t from_sequence,
                   struct rebound_error *err)
{
    static const char forget_sql[] =
        "DELETE FROM edits_also WHERE stream = ?1 AND author = ?2 AND sequence >= ?3";
    struct cut c = {.vault = vault, .from = from_sequence};
    struct cut_edit edit;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_number_of_stream(vault, stream, &c.stream, err));
    TRY(rb_number_of_device(vault, author, &c.author, err));
    TRY(run_cut(&c, forget_sql, err));
    TRY(collect(&c, err));
    for (size_t at = 0; at < c.edits.len; at += sizeof edit) {
        memcpy(&edit, c.edits.ptr + at, sizeof edit);
        TRY(take_out(&c, &edit, err));
    }
    TRY(derive_all(&c, err));
out:
    rb_buf_free(&c.edits);
    return rc;
}
