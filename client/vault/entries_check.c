/* Does what is derived agree with the edits that it derives from? */
#include <stdio.h>
#include <string.h>

#include "vault/entries_inside.h"
#include "vault/search.h"

struct checking {
    struct rb_vault *vault;
    void (*found)(void *ctx, const char *sentence);
    void *ctx;
    struct rb_index_state index;
    struct rb_document document;
    struct rb_buf expression;
};

/* One entry as its row has it, and as its edits make it. */
struct subject {
    int64_t id, doc;
    bool has_doc;
    struct rb_entry_id entry;
    struct rb_entry_row row;
    const struct rb_entry_state *state;
};

static void
tell(const struct checking *c, const struct subject *s, const char *what)
{
    char hex[2 * sizeof s->entry.bytes + 1], sentence[200];

    rb_hex_put(hex, rb_entry_id_slice(&s->entry));
    (void)snprintf(sentence, sizeof sentence, "Entry %.8s: %s.", hex, what);
    c->found(c->ctx, sentence);
}

/* Does the statement, given the subject's number and two values, answer a row? */
static rb_result
is_there(const struct checking *c, const char *sql, int64_t id, struct rb_slice value,
         bool value_is_text, bool *out, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(c->vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, id);
    if (value_is_text)
        rb_stmt_put_text(stmt, 2, value);
    else
        rb_stmt_put_slice(stmt, 2, value);
    TRY(rb_stmt_step(stmt, out, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* --- one entry --- */

static rb_result
check_kind(const struct checking *c, const struct subject *s, struct rebound_error *err)
{
    static const char sql[] = "SELECT 1 FROM kinds WHERE id = ?1 AND name = ?2";
    bool same = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(is_there(c, sql, s->row.kind, s->state->kind, false, &same, err));
    if (!same)
        tell(c, s, "its kind is not the one that its changes give it");
out:
    return rc;
}

static void
check_row(const struct checking *c, const struct subject *s, size_t edits)
{
    int64_t place = s->state->trashed ? RB_PLACE_TRASH : RB_PLACE_JOURNAL;

    if (s->row.edits != (int64_t)edits)
        tell(c, s, "the number of its changes is not that of those stored");
    if (s->row.place != place)
        tell(c, s, "whether it is in the trash is not what its changes say");
    if (s->row.at != rb_entries_at(s->state))
        tell(c, s, "its time is not the one that its changes give it");
    if (s->row.conflict != s->state->conflict)
        tell(c, s, "whether it has a conflict is not what its changes say");
}

struct marks {
    const struct checking *checking;
    const struct subject *subject;
    bool missing;
    int64_t any;
};

static enum rebound_code
check_mark(void *ctx, struct rb_slice mark, bool is_tag, struct rebound_error *err)
{
    static const char sql[] = "SELECT 1 FROM entries e CROSS JOIN marks m ON m.mark = ?2"
                              " AND m.place = e.place AND m.at = e.at AND m.entry = e.id"
                              " AND m.kind = e.kind WHERE e.id = ?1";
    struct marks *m = ctx;
    bool there = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(is_there(m->checking, sql, m->subject->id, mark, is_tag, &there, err));
    m->missing = m->missing || !there;
    m->any++;
out:
    return rc;
}

static rb_result
check_marks(const struct checking *c, const struct subject *s, struct rebound_error *err)
{
    static const char sql[] = "SELECT 1 FROM marks WHERE entry = ?1 LIMIT 1 OFFSET ?2";
    struct marks m = {.checking = c, .subject = s};
    struct rb_stmt *stmt = NULL;
    bool more = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entries_each_mark(rb_entries_schema(c->vault), s->state, check_mark, &m, err));
    /* Two fields may name one entry: then there are fewer than were counted, never more. */
    TRY(rb_vault_prepare(c->vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, s->id);
    rb_stmt_put_i64(stmt, 2, m.any);
    TRY(rb_stmt_step(stmt, &more, err));
    if (m.missing || more || ((s->row.marked & RB_HAS_MARKS) != 0) != (m.any > 0))
        tell(c, s, "the lists of its tags and references are not what its changes say");
out:
    rb_stmt_done(stmt);
    return rc;
}

struct facts {
    const struct checking *checking;
    const struct subject *subject;
    bool missing;
    int64_t n;
};

static enum rebound_code
check_fact(void *ctx, struct rb_slice name, int64_t ms, int64_t value, struct rebound_error *err)
{
    static const char sql[] =
        "SELECT 1 FROM facts WHERE fact = ?1 AND at = ?2 AND entry = ?3 AND value = ?4";
    struct facts *f = ctx;
    struct rb_stmt *stmt = NULL;
    bool there = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(f->checking->vault, sql, &stmt, err));
    rb_stmt_put_text(stmt, 1, name);
    rb_stmt_put_i64(stmt, 2, ms);
    rb_stmt_put_i64(stmt, 3, f->subject->id);
    rb_stmt_put_i64(stmt, 4, value);
    TRY(rb_stmt_step(stmt, &there, err));
    f->missing = f->missing || !there;
    f->n++;
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
check_facts(const struct checking *c, const struct subject *s, struct rebound_error *err)
{
    static const char sql[] = "SELECT count(*) FROM facts WHERE entry = ?1";
    struct facts f = {.checking = c, .subject = s};
    const struct rb_fact_sink sink = {check_fact, &f};
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entries_each_fact(rb_entries_schema(c->vault), s->state, &sink, err));
    TRY(rb_vault_prepare(c->vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, s->id);
    TRY(rb_stmt_step(stmt, &row, err));
    if (f.missing || !row || rb_stmt_get_i64(stmt, 0) != f.n ||
        ((s->row.marked & RB_HAS_FACTS) != 0) != (f.n > 0))
        tell(c, s, "the dates and numbers kept of it are not what its changes say");
out:
    rb_stmt_done(stmt);
    return rc;
}

/* A word of the document that is no gap, from its start or from its end; empty: it has none. */
static struct rb_slice
word_of(struct rb_slice document, bool last)
{
    struct rb_slice word = {0};
    const uint8_t *p = document.ptr + 1, *end = document.ptr + document.len;

    while (p < end) {
        const uint8_t *space = memchr(p, ' ', (size_t)(end - p));
        struct rb_slice next = rb_slice_of(p, (size_t)((space == NULL ? end : space) - p));
        p += next.len + 1;
        if (!rb_slice_equal(next, rb_slice_text(RB_SEARCH_GAP)))
            word = next;
        if (word.len > 0 && !last)
            break;
    }
    return word;
}

/* Does the index find the entry by its first word and by its last? */
static rb_result
check_search(struct checking *c, const struct subject *s, struct rebound_error *err)
{
    static const char sql[] = "SELECT 1 FROM search WHERE rowid = ?1 AND search MATCH ?2";
    const struct rb_buf *parts[] = {&c->document.words, &c->document.title};
    bool waits = s->has_doc ? s->doc == 0 : s->id > c->index.indexed_to, there = true;
    enum rebound_code rc = REBOUND_OK;

    if (waits)
        return REBOUND_OK;
    TRY(rb_search_document(rb_entries_schema(c->vault), s->state, &c->document, err));
    for (int i = 0; i < 4 && there; i++) { /* the first and the last word of each part */
        struct rb_slice word = word_of(rb_buf_slice(parts[i / 2]), i % 2 != 0);
        if (word.len == 0)
            continue;
        rb_buf_clear(&c->expression);
        TRY(rb_buf_put_u8(&c->expression, '"', err));
        TRY(rb_buf_append_slice(&c->expression, word, err));
        TRY(rb_buf_put_u8(&c->expression, '"', err));
        TRY(is_there(c, sql, s->has_doc ? s->doc : s->id, rb_buf_slice(&c->expression), true,
                     &there, err));
    }
    if (!there)
        tell(c, s, "the search index does not find it by its own words");
out:
    return rc;
}

static rb_result
check_state(struct checking *c, struct subject *s, const struct rb_entry_edits *edits,
            struct rebound_error *err)
{
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entry_merge(edits->edits, edits->n, &rb_entries_schema(c->vault)->merge, &state, err));
    s->state = state;
    check_row(c, s, edits->n);
    TRY(check_kind(c, s, err));
    TRY(check_marks(c, s, err));
    TRY(check_facts(c, s, err));
    TRY(check_search(c, s, err));
out:
    rb_entry_state_free(state);
    return rc;
}

static rb_result
check_entry(struct checking *c, struct subject *s, struct rebound_error *err)
{
    struct rb_entry_edits *edits = NULL;
    bool found = false, own = true;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entry_row(c->vault, s->id, &s->row, &found, err));
    rc = rb_entry_edits_load(c->vault, s->id, 0, &edits, err);
    if (rc == REBOUND_BAD_FORMAT || rc == REBOUND_NOT_UTF8 || rc == REBOUND_TOO_LARGE) {
        tell(c, s, "a change of it can't be read");
        return REBOUND_OK;
    }
    TRY(rc);
    for (size_t i = 0; i < edits->n; i++)
        own = own && rb_entry_id_equal(&edits->edits[i].entry, &s->entry);
    if (edits->n == 0)
        tell(c, s, "there is no change that made it");
    else if (!own)
        tell(c, s, "it has a change of another entry");
    else
        TRY(check_state(c, s, edits, err));
out:
    rb_entry_edits_free(edits);
    return rc;
}

static rb_result
check_entries(struct checking *c, struct rebound_error *err)
{
    static const char sql[] = "SELECT id, entry_id, doc FROM entries";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(c->vault, sql, &stmt, err));
    for (;;) {
        struct subject s = {0};
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        s.id = rb_stmt_get_i64(stmt, 0);
        TRY(rb_stmt_get_fixed(stmt, 1, s.entry.bytes, sizeof s.entry.bytes, err));
        s.has_doc = !rb_stmt_is_null(stmt, 2);
        s.doc = rb_stmt_get_i64(stmt, 2);
        TRY(check_entry(c, &s, err));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

/* --- all together --- */

static rb_result
check_none(const struct checking *c, const char *sql, const char *sentence,
           struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(c->vault, sql, &stmt, err));
    TRY(rb_stmt_step(stmt, &row, err));
    if (row)
        c->found(c->ctx, sentence);
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
check_whole(const struct checking *c, struct rebound_error *err)
{
    static const char lost_sql[] =
        "SELECT 1 FROM edits e WHERE e.entry <> 0"
        " AND NOT EXISTS(SELECT 1 FROM entries n WHERE n.id = e.entry) LIMIT 1";
    static const char marks_sql[] =
        "SELECT 1 FROM marks m"
        " WHERE NOT EXISTS(SELECT 1 FROM entries n WHERE n.id = m.entry) LIMIT 1";
    static const char facts_sql[] =
        "SELECT 1 FROM facts f"
        " WHERE NOT EXISTS(SELECT 1 FROM entries n WHERE n.id = f.entry) LIMIT 1";
    static const char counters_sql[] =
        "SELECT 1 FROM kinds k LEFT JOIN (SELECT kind, sum(place = 0) AS alive,"
        "  sum(place = 1) AS trashed, sum(place = 0 AND conflict = 1) AS conflicted"
        "  FROM entries GROUP BY kind) n ON n.kind = k.id"
        " WHERE k.alive <> coalesce(n.alive, 0) OR k.trashed <> coalesce(n.trashed, 0)"
        " OR k.conflicted <> coalesce(n.conflicted, 0) LIMIT 1";
    enum rebound_code rc = REBOUND_OK;

    TRY(check_none(c, lost_sql, "A stored change belongs to no entry.", err));
    TRY(check_none(c, marks_sql, "A tag or reference belongs to no entry.", err));
    TRY(check_none(c, facts_sql, "A date or number kept belongs to no entry.", err));
    TRY(check_none(c, counters_sql, "The counts of entries are not those of the entries.", err));
out:
    return rc;
}

rb_result
rb_entries_check(struct rb_vault *vault, void (*found)(void *ctx, const char *sentence), void *ctx,
                 struct rebound_error *err)
{
    struct checking c = {.vault = vault, .found = found, .ctx = ctx};
    enum rebound_code rc = rb_vault_begin_read(vault, err);

    if (rc != REBOUND_OK)
        return rc;
    TRY(rb_index_state(vault, &c.index, err));
    TRY(check_entries(&c, err));
    TRY(check_whole(&c, err));
out:
    rb_vault_end_read(vault);
    rb_document_free(&c.document);
    rb_buf_free(&c.expression);
    return rc;
}
