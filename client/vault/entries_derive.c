/* What derives from an entry's state: its row, its marks, the counters of its kind. */
#include <stdlib.h>
#include <string.h>

#include "vault/entries_inside.h"

#define KINDS_HELD_MAX 64

/* --- the schema --- */

static bool
none_is_text(void *ctx, struct rb_slice kind, struct rb_slice field)
{
    (void)ctx;
    (void)kind;
    (void)field;
    return false;
}

static bool
every_kind(void *ctx, struct rb_slice kind)
{
    (void)ctx;
    (void)kind;
    return true;
}

static bool
every_field(void *ctx, struct rb_slice kind, struct rb_slice field)
{
    (void)ctx;
    (void)kind;
    (void)field;
    return true;
}

static const struct rb_entries_schema default_schema = {
    .merge = {.is_text = none_is_text},
    .is_listed = every_kind,
    .is_link = every_field, /* of those that hold an id */
    .is_searched = every_field,
};

const struct rb_entries_schema *
rb_entries_schema(const struct rb_vault *vault)
{
    return vault->entries_schema != NULL ? vault->entries_schema : &default_schema;
}

void
rb_entries_use_schema(struct rb_vault *vault, const struct rb_entries_schema *schema)
{
    vault->entries_schema = schema;
}

/* --- kinds --- */

static void
kinds_forget(struct rb_deriving *d)
{
    for (size_t i = 0; i < d->n_kinds; i++)
        rb_buf_free(&d->kinds[i].name);
    d->n_kinds = 0;
}

static rb_result
kinds_write(struct rb_deriving *d, struct rebound_error *err)
{
    static const char sql[] = "UPDATE kinds SET alive = alive + ?2, trashed = trashed + ?3,"
                              " conflicted = conflicted + ?4 WHERE id = ?1";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(d->vault, sql, &stmt, err));
    for (size_t i = 0; i < d->n_kinds; i++) {
        struct rb_deriving_kind *k = &d->kinds[i];
        if (k->alive == 0 && k->trashed == 0 && k->conflicted == 0)
            continue;
        rb_stmt_put_i64(stmt, 1, k->id);
        rb_stmt_put_i64(stmt, 2, k->alive);
        rb_stmt_put_i64(stmt, 3, k->trashed);
        rb_stmt_put_i64(stmt, 4, k->conflicted);
        TRY(rb_stmt_run(stmt, err));
        k->alive = k->trashed = k->conflicted = 0;
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

/* A free slot; kinds that are held are written and forgotten when there are too many. */
static rb_result
kind_slot(struct rb_deriving *d, struct rb_deriving_kind **out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (d->kinds == NULL)
        d->kinds = calloc(KINDS_HELD_MAX, sizeof *d->kinds);
    if (d->kinds == NULL)
        return rb_no_memory(err);
    if (d->n_kinds == KINDS_HELD_MAX) {
        TRY(kinds_write(d, err));
        kinds_forget(d);
    }
    *out = &d->kinds[d->n_kinds];
    **out = (struct rb_deriving_kind){0};
out:
    return rc;
}

/* The number of a kind in the database, which gets one when it has none. */
static rb_result
kind_number(struct rb_vault *vault, struct rb_slice name, int64_t *out, struct rebound_error *err)
{
    static const char select_sql[] = "SELECT id FROM kinds WHERE name = ?1";
    static const char insert_sql[] =
        "INSERT INTO kinds(name, alive, trashed, conflicted) VALUES(?1, 0, 0, 0)";
    struct rb_stmt *select = NULL, *insert = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, select_sql, &select, err));
    rb_stmt_put_slice(select, 1, name);
    TRY(rb_stmt_step(select, &row, err));
    if (row) {
        *out = rb_stmt_get_i64(select, 0);
    } else {
        TRY(rb_vault_prepare(vault, insert_sql, &insert, err));
        rb_stmt_put_slice(insert, 1, name);
        TRY(rb_stmt_run(insert, err));
        *out = rb_db_last_insert_rowid(rb_vault_db(vault));
    }
out:
    rb_stmt_done(select);
    rb_stmt_done(insert);
    return rc;
}

static rb_result
kind_by_name(struct rb_deriving *d, struct rb_slice name, struct rb_deriving_kind **out,
             struct rebound_error *err)
{
    struct rb_deriving_kind *k = NULL;
    int64_t id;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < d->n_kinds; i++) {
        if (d->kinds[i].name.len == name.len &&
            (name.len == 0 || memcmp(d->kinds[i].name.ptr, name.ptr, name.len) == 0) &&
            d->kinds[i].named) {
            *out = &d->kinds[i];
            return REBOUND_OK;
        }
    }
    TRY(kind_number(d->vault, name, &id, err));
    TRY(kind_slot(d, &k, err));
    TRY(rb_buf_append_slice(&k->name, name, err));
    k->id = id;
    k->named = true;
    d->n_kinds++;
    *out = k;
out:
    return rc;
}

/* Of an entry that was there before, the kind's number alone is known. */
static rb_result
kind_by_number(struct rb_deriving *d, int64_t id, struct rb_deriving_kind **out,
               struct rebound_error *err)
{
    struct rb_deriving_kind *k = NULL;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < d->n_kinds; i++) {
        if (d->kinds[i].id == id) {
            *out = &d->kinds[i];
            return REBOUND_OK;
        }
    }
    TRY(kind_slot(d, &k, err));
    k->id = id;
    d->n_kinds++;
    *out = k;
out:
    return rc;
}

static void
tally(struct rb_deriving_kind *kind, const struct rb_entry_row *row, int64_t change)
{
    if (row->place == RB_PLACE_TRASH) {
        kind->trashed += change;
    } else {
        kind->alive += change;
        kind->conflicted += row->conflict ? change : 0;
    }
}

/* --- marks --- */

rb_result
rb_entries_each_mark(const struct rb_entries_schema *schema, const struct rb_entry_state *state,
                     enum rebound_code (*each)(void *ctx, struct rb_slice mark, bool is_tag,
                                               struct rebound_error *err),
                     void *ctx, struct rebound_error *err)
{
    const struct rb_entry_set *tags = rb_entry_set(state, "tags");
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; tags != NULL && i < tags->n_elements; i++)
        TRY(each(ctx, tags->elements[i], true, err));
    for (size_t i = 0; i < state->n_fields; i++) {
        const struct rb_entry_field *f = &state->fields[i];
        struct rb_entry_id id;
        if (f->value.len == 2 * sizeof id.bytes &&
            rb_hex_get(id.bytes, sizeof id.bytes, (const char *)f->value.ptr, f->value.len) &&
            schema->is_link(schema->ctx, state->kind, f->name))
            TRY(each(ctx, rb_entry_id_slice(&id), false, err));
    }
out:
    return rc;
}

struct marking {
    struct rb_vault *vault;
    struct rb_entry_row *row;
};

static enum rebound_code
put_mark(void *ctx, struct rb_slice mark, bool is_tag, struct rebound_error *err)
{
    /* Two fields may name one entry. */
    static const char sql[] =
        "INSERT OR IGNORE INTO marks(mark, place, at, entry, kind) VALUES(?1, ?2, ?3, ?4, ?5)";
    struct marking *m = ctx;
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(m->vault, sql, &stmt, err));
    if (is_tag)
        rb_stmt_put_text(stmt, 1, mark);
    else
        rb_stmt_put_slice(stmt, 1, mark);
    rb_stmt_put_i64(stmt, 2, m->row->place);
    rb_stmt_put_i64(stmt, 3, m->row->at);
    rb_stmt_put_i64(stmt, 4, m->row->id);
    rb_stmt_put_i64(stmt, 5, m->row->kind);
    TRY(rb_stmt_run(stmt, err));
    m->row->marked |= RB_HAS_MARKS;
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
run_with_id(struct rb_vault *vault, const char *sql, int64_t id, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, id);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* Takes what stood for the entry out of counters and marks. */
static rb_result
take_back(struct rb_deriving *d, const struct rb_entry_row *old, struct rebound_error *err)
{
    static const char sql[] = "DELETE FROM marks WHERE entry = ?1";
    struct rb_deriving_kind *kind;
    enum rebound_code rc = REBOUND_OK;

    TRY(kind_by_number(d, old->kind, &kind, err));
    tally(kind, old, -1);
    if (old->marked & RB_HAS_MARKS)
        TRY(run_with_id(d->vault, sql, old->id, err));
    if (old->marked & RB_HAS_FACTS)
        TRY(rb_facts_remove(d->vault, old->id, err));
out:
    return rc;
}

/* --- the row --- */

static rb_result
write_row(struct rb_vault *vault, const struct rb_entry_row *row, const char *sql,
          const struct rb_entry_id *entry, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, row->id);
    rb_stmt_put_i64(stmt, 2, row->kind);
    rb_stmt_put_i64(stmt, 3, row->place);
    rb_stmt_put_i64(stmt, 4, row->at);
    rb_stmt_put_i64(stmt, 5, row->conflict ? 1 : 0);
    rb_stmt_put_i64(stmt, 6, row->edits);
    rb_stmt_put_i64(stmt, 7, row->marked);
    if (entry != NULL)
        rb_stmt_put_slice(stmt, 8, rb_entry_id_slice(entry));
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
insert_row(struct rb_vault *vault, const struct rb_entry_row *row, const struct rb_entry_id *entry,
           struct rebound_error *err)
{
    static const char sql[] =
        "INSERT INTO entries(id, kind, place, at, conflict, edits, marked, entry_id)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

    return write_row(vault, row, sql, entry, err);
}

static rb_result
update_row(struct rb_vault *vault, const struct rb_entry_row *row, bool same_words,
           struct rebound_error *err)
{
    static const char same_sql[] =
        "UPDATE entries SET kind = ?2, place = ?3, at = ?4, conflict = ?5, edits = ?6, marked = ?7"
        " WHERE id = ?1";
    /* What the index does not hold yet waits as it did. */
    static const char other_sql[] =
        "UPDATE entries SET kind = ?2, place = ?3, at = ?4, conflict = ?5, edits = ?6, marked = ?7,"
        " doc = CASE WHEN doc IS NULL AND id > (SELECT indexed_to FROM search_state)"
        " THEN NULL ELSE 0 END WHERE id = ?1";

    return write_row(vault, row, same_words ? same_sql : other_sql, NULL, err);
}

rb_result
rb_deriving_put(struct rb_deriving *d, const struct rb_entry_row *old, int64_t id, size_t edits,
                const struct rb_entry_state *state, bool same_words, struct rebound_error *err)
{
    struct rb_entry_row row = {.id = id,
                               .place = state->trashed ? RB_PLACE_TRASH : RB_PLACE_JOURNAL,
                               .at = rb_entries_at(state),
                               .edits = (int64_t)edits,
                               .conflict = state->conflict};
    struct marking marking = {d->vault, &row};
    struct rb_deriving_kind *kind;
    bool facts = false;
    enum rebound_code rc = REBOUND_OK;

    if (old != NULL)
        TRY(take_back(d, old, err));
    TRY(kind_by_name(d, state->kind, &kind, err));
    row.kind = kind->id;
    tally(kind, &row, 1);
    TRY(rb_entries_each_mark(rb_entries_schema(d->vault), state, put_mark, &marking, err));
    TRY(rb_facts_put(d->vault, id, state, &facts, err));
    row.marked |= facts ? RB_HAS_FACTS : 0u;
    if (old == NULL)
        TRY(insert_row(d->vault, &row, &state->id, err));
    else
        TRY(update_row(d->vault, &row, same_words, err));
out:
    return rc;
}

/* Edits that only move the entry, and that no other edit builds on, leave all its words as they
 * were: without them every other edit has the ancestors it has. */
static bool
leaves_words(const struct rb_entry_state *state, const struct rb_stamp *moves, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool is_tip = false;
        for (size_t k = 0; k < state->n_tips && !is_tip; k++)
            is_tip = rb_stamp_equal(&state->tips[k], &moves[i]);
        if (!is_tip)
            return false;
    }
    return n > 0 && !state->twins;
}

rb_result
rb_deriving_again(struct rb_deriving *d, int64_t id, const struct rb_stamp *moves, size_t n,
                  struct rebound_error *err)
{
    static const char delete_sql[] = "DELETE FROM entries WHERE id = ?1";
    struct rb_entry_edits *edits = NULL;
    struct rb_entry_state *state = NULL;
    struct rb_entry_row old;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entry_row(d->vault, id, &old, &found, err));
    if (!found)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "There is no such entry."));
    TRY(rb_entry_edits_load(d->vault, id, 0, &edits, err));
    if (edits->n == 0) {
        TRY(take_back(d, &old, err));
        TRY(run_with_id(d->vault, delete_sql, id, err));
    } else {
        TRY(rb_entry_merge(edits->edits, edits->n, &rb_entries_schema(d->vault)->merge, &state,
                           err));
        TRY(rb_deriving_put(d, &old, id, edits->n, state, leaves_words(state, moves, n), err));
    }
out:
    rb_entry_state_free(state);
    rb_entry_edits_free(edits);
    return rc;
}

rb_result
rb_deriving_end(struct rb_deriving *d, struct rebound_error *err)
{
    return kinds_write(d, err);
}

void
rb_deriving_free(struct rb_deriving *d)
{
    kinds_forget(d);
    free(d->kinds);
    d->kinds = NULL;
}

rb_result
rb_entries_derive(struct rb_vault *vault, const struct rb_entry_id *id, struct rebound_error *err)
{
    struct rb_deriving d = {.vault = vault};
    int64_t number = 0, edits = 0;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entry_number(vault, id, &number, &edits, &found, err));
    if (!found)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "There is no such entry."));
    TRY(rb_deriving_again(&d, number, NULL, 0, err));
    TRY(rb_deriving_end(&d, err));
out:
    rb_deriving_free(&d);
    return rc;
}
