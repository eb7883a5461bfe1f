/* The vault alone, beside SQLite as it comes: the same rows into the same tables, indexes and
 * full-text index, in the same journal mode (TRUNCATE, FULL), without encryption and without
 * anything that makes rows out of entries. What plain SQLite writes is read from the vault when
 * that is done. Ten thousand entries in one call (plain SQLite: one transaction), and single ones,
 * which are timed in groups, since now and then one indexes for those before it. One run; run.sh
 * makes five.
 *
 *   bench_vault DIR
 */
#include "bench/bench_notes.h"

#include "api/api.h"
#include "vault/entries_inside.h"
#include "vault/search.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BULK 10000
#define GROUP 96 /* two rounds of the index */
#define GROUPS 9
#define SINGLES (GROUP * GROUPS)
#define STEP_ITEM 60 /* bytes that the log of steps keeps of an edit */

/* --- ours --- */

static double
time_singles(struct rebound *r, uint64_t *state)
{
    double groups[GROUPS];
    char text[BENCH_ENTRY_BYTES + 1];
    struct rebound_id id;

    for (size_t g = 0; g < GROUPS; g++) {
        double t = bench_now_s();
        for (size_t i = 0; i < GROUP; i++) {
            bench_text(state, false, text);
            bench_save_note(r, text, &id);
        }
        groups[g] = (bench_now_s() - t) / GROUP;
    }
    return bench_median(groups, GROUPS);
}

/* --- what the vault holds --- */

struct table {
    const char *name;
    size_t columns, rows;
    sqlite3_value **values;
    size_t first; /* row of the first note: a new vault holds some entries of its own */
};

static void
check(sqlite3 *db, int code, const char *what)
{
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
        return;
    (void)fprintf(stderr, "bench: %s: %s\n", what, sqlite3_errmsg(db));
    exit(1);
}

static void
execute(sqlite3 *db, const char *sql)
{
    check(db, sqlite3_exec(db, sql, NULL, NULL, NULL), sql);
}

static sqlite3_stmt *
prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = NULL;

    check(db, sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL), sql);
    return s;
}

static void
run(sqlite3 *db, sqlite3_stmt *s)
{
    check(db, sqlite3_step(s), sqlite3_sql(s));
    check(db, sqlite3_reset(s), sqlite3_sql(s));
}

static void
read_table(sqlite3 *db, const char *name, struct table *out)
{
    char sql[128];
    sqlite3_stmt *s;
    size_t room = 0;

    (void)snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY 1, 2", name);
    s = prepare(db, sql);
    *out = (struct table){.name = name, .columns = (size_t)sqlite3_column_count(s)};
    while (sqlite3_step(s) == SQLITE_ROW) {
        if (out->rows == room) {
            room = room == 0 ? 16 : 2 * room;
            out->values = realloc(out->values, room * out->columns * sizeof *out->values);
            if (out->values == NULL)
                exit(1);
        }
        for (size_t c = 0; c < out->columns; c++)
            out->values[out->rows * out->columns + c] =
                sqlite3_value_dup(sqlite3_column_value(s, (int)c));
        out->rows++;
    }
    (void)sqlite3_finalize(s);
}

static void
free_table(struct table *t)
{
    for (size_t i = 0; i < t->rows * t->columns; i++)
        sqlite3_value_free(t->values[i]);
    free(t->values);
}

/* The folded words of each entry, in order of their numbers. */
static char **
read_documents(struct rebound *r, const struct table *entries)
{
    const struct rb_entries_schema *schema = rb_entries_schema(r->vault);
    char **out = calloc(entries->rows, sizeof(char *));
    struct rebound_error err;

    if (out == NULL)
        exit(1);
    for (size_t i = 0; i < entries->rows; i++) {
        struct rb_entry_state *state;
        struct rb_document text = {{0}, {0}}; /* notes have no title */
        bench_ok(rb_entry_load(r->vault, sqlite3_value_int64(entries->values[i * entries->columns]),
                               1, &state, &err),
                 &err, "an entry");
        bench_ok(rb_search_document(schema, state, &text, &err), &err, "its words");
        out[i] = strndup((const char *)text.words.ptr, text.words.len);
        if (out[i] == NULL)
            exit(1);
        rb_document_free(&text);
        rb_entry_state_free(state);
    }
    return out;
}

/* --- plain SQLite --- */

enum { EDITS, OUTBOX, ENTRIES, TABLES };
static const char *const names[TABLES] = {"edits", "outbox", "entries"};

struct plain {
    sqlite3 *db;
    struct table tables[TABLES];
    char **documents;
    sqlite3_stmt *insert[TABLES], *index, *count, *tick, *log, *begin, *commit;
};

/* Tables that every vault has some rows in, and the settings of the full-text index. */
static void
copy_rest(sqlite3 *from, sqlite3 *to)
{
    static const char *const rest[] = {"kinds", "search_state", "clock", "devices"};

    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++) {
        struct table t;
        char sql[160];
        read_table(from, rest[i], &t);
        (void)snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO %s VALUES(?%s%s%s%s)", rest[i],
                       t.columns > 1 ? ",?" : "", t.columns > 2 ? ",?" : "",
                       t.columns > 3 ? ",?" : "", t.columns > 4 ? ",?" : "");
        for (size_t row = 0; row < t.rows; row++) {
            sqlite3_stmt *s = prepare(to, sql);
            for (size_t c = 0; c < t.columns; c++)
                (void)sqlite3_bind_value(s, (int)c + 1, t.values[row * t.columns + c]);
            run(to, s);
            (void)sqlite3_finalize(s);
        }
        free_table(&t);
    }
}

static void
copy_schema(sqlite3 *from, sqlite3 *to)
{
    sqlite3_stmt *s = prepare(
        from, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND (name = 'search_state'"
              " OR name NOT LIKE 'search_%') ORDER BY rowid");

    while (sqlite3_step(s) == SQLITE_ROW)
        execute(to, (const char *)sqlite3_column_text(s, 0));
    (void)sqlite3_finalize(s);
    s = prepare(from, "SELECT k, v FROM search_config WHERE k <> 'version'");
    while (sqlite3_step(s) == SQLITE_ROW) {
        sqlite3_stmt *put = prepare(to, "INSERT INTO search(search, rank) VALUES(?, ?)");
        (void)sqlite3_bind_value(put, 1, sqlite3_column_value(s, 0));
        (void)sqlite3_bind_value(put, 2, sqlite3_column_value(s, 1));
        run(to, put);
        (void)sqlite3_finalize(put);
    }
    (void)sqlite3_finalize(s);
}

static void
plain_open(struct plain *p, struct rebound *r, const char *path)
{
    sqlite3 *from = rb_db_handle(rb_vault_db(r->vault));

    check(NULL, sqlite3_open(path, &p->db), path);
    execute(p->db, "PRAGMA page_size=4096; PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL; "
                   "PRAGMA temp_store=memory;"
                   "PRAGMA cache_size=-16384; PRAGMA secure_delete=on; PRAGMA foreign_keys=off; "
                   "PRAGMA cache_spill=off");
    copy_schema(from, p->db);
    copy_rest(from, p->db);
    for (size_t i = 0; i < TABLES; i++) {
        char sql[128];
        read_table(from, names[i], &p->tables[i]);
        (void)snprintf(sql, sizeof sql, "INSERT INTO %s VALUES(?", names[i]);
        for (size_t c = 1; c < p->tables[i].columns; c++)
            (void)strcat(sql, ",?");
        (void)strcat(sql, ")");
        p->insert[i] = prepare(p->db, sql);
        if (p->tables[i].rows < BULK + SINGLES)
            exit(1);
        p->tables[i].first = p->tables[i].rows - (BULK + SINGLES);
    }
    p->documents = read_documents(r, &p->tables[ENTRIES]);
    p->index = prepare(p->db, "INSERT INTO search(rowid, words, title) VALUES(?1, ?2, ' ')");
    p->count = prepare(p->db, "UPDATE kinds SET alive = alive + ?1 WHERE id = 1");
    p->tick = prepare(p->db, "UPDATE clock SET wall_ms = wall_ms + 1, counter = 0");
    p->log = prepare(p->db,
                     "INSERT INTO steps(undone, what, items) VALUES(0, 'added note 01234567', ?1)");
    p->begin = prepare(p->db, "BEGIN IMMEDIATE");
    p->commit = prepare(p->db, "COMMIT");
}

static void
insert_row(struct plain *p, size_t which, size_t row)
{
    const struct table *t = &p->tables[which];

    for (size_t c = 0; c < t->columns; c++)
        (void)sqlite3_bind_value(p->insert[which], (int)c + 1,
                                 t->values[(t->first + row) * t->columns + c]);
    run(p->db, p->insert[which]);
}

static void
insert_entry(struct plain *p, size_t row)
{
    insert_row(p, EDITS, row);
    insert_row(p, OUTBOX, row);
    insert_row(p, ENTRIES, row);
}

static void
index_entry(struct plain *p, size_t row)
{
    const struct table *t = &p->tables[ENTRIES];

    row += t->first;
    (void)sqlite3_bind_value(p->index, 1, t->values[row * t->columns]);
    (void)sqlite3_bind_text(p->index, 2, p->documents[row], -1, SQLITE_STATIC);
    run(p->db, p->index);
}

/* What each save writes once: counters, the clock, the step for undo. */
static void
finish(struct plain *p, int n)
{
    (void)sqlite3_bind_int(p->count, 1, n);
    run(p->db, p->count);
    run(p->db, p->tick);
    (void)sqlite3_bind_zeroblob(p->log, 1, STEP_ITEM * n);
    run(p->db, p->log);
}

static double
plain_bulk(struct plain *p)
{
    double t = bench_now_s();

    run(p->db, p->begin);
    for (size_t i = 0; i < BULK; i++)
        insert_entry(p, i);
    for (size_t i = 0; i < BULK; i++) /* apart: that is faster */
        index_entry(p, i);
    finish(p, BULK);
    run(p->db, p->commit);
    return bench_now_s() - t;
}

static double
plain_singles(struct plain *p)
{
    double groups[GROUPS];

    for (size_t g = 0; g < GROUPS; g++) {
        double t = bench_now_s();
        for (size_t i = 0; i < GROUP; i++) {
            size_t row = BULK + g * GROUP + i;
            run(p->db, p->begin);
            insert_entry(p, row);
            index_entry(p, row);
            finish(p, 1);
            run(p->db, p->commit);
        }
        groups[g] = (bench_now_s() - t) / GROUP;
    }
    return bench_median(groups, GROUPS);
}

static void
plain_close(struct plain *p)
{
    for (size_t i = 0; i < p->tables[ENTRIES].rows; i++)
        free(p->documents[i]);
    for (size_t i = 0; i < TABLES; i++) {
        (void)sqlite3_finalize(p->insert[i]);
        free_table(&p->tables[i]);
    }
    free(p->documents);
    (void)sqlite3_finalize(p->index);
    (void)sqlite3_finalize(p->count);
    (void)sqlite3_finalize(p->tick);
    (void)sqlite3_finalize(p->log);
    (void)sqlite3_finalize(p->begin);
    (void)sqlite3_finalize(p->commit);
    (void)sqlite3_close(p->db);
}

int
main(int argc, char **argv)
{
    struct rebound_create_options create;
    struct rebound *r;
    struct rebound_error err;
    struct plain plain = {0};
    char words[REBOUND_PHRASE_MAX], path[512];
    uint64_t state = 1;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: bench_vault DIR\n");
        return 2;
    }
    (void)snprintf(path, sizeof path, "%s/vault", argv[1]);
    create = bench_create_options(path, "laptop");
    bench_ok(rebound_create(&create, &r, words, &err), &err, "a vault");
    bench_figure("ours_bulk_s", bench_save_notes(r, &state, BULK));
    bench_figure("ours_one_s", time_singles(r, &state));
    (void)snprintf(path, sizeof path, "%s/plain.db", argv[1]);
    plain_open(&plain, r, path);
    bench_figure("plain_bulk_s", plain_bulk(&plain));
    bench_figure("plain_one_s", plain_singles(&plain));
    plain_close(&plain);
    rebound_close(r);
    return 0;
}
