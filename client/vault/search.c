#include "vault/search.h"

#include <sqlite3.h>
#include <string.h>

#include "vault/database_state.h"
#include "vault/search_words.h"

/* --- parsing --- */

/* Appends the words of a part of what was typed as one phrase. */
static rb_result
add_phrase(struct rb_search *s, struct rb_slice text, bool prefix, struct rebound_error *err)
{
    size_t start = s->folded.len;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_put_u8(&s->folded, ' ', err));
    TRY(rb_words_fold(text, &s->folded, err));
    if (s->folded.len == start + 1) { /* no word in it */
        s->folded.len = start;
        return REBOUND_OK;
    }
    if (s->n == RB_SEARCH_PHRASES_MAX)
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "At most %d words can be searched for at once.",
                    RB_SEARCH_PHRASES_MAX));
    if (prefix)
        s->folded.len--; /* the space behind the last */
    s->phrases[s->n++] =
        (struct rb_phrase){.start = start, .len = s->folded.len - start, .prefix = prefix};
out:
    return rc;
}

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The part that begins at `at`: to the next blank or quote, or within quotes to the closing one. */
static size_t
part_end(struct rb_slice text, size_t at, bool quoted)
{
    while (at < text.len && text.ptr[at] != '"' && (quoted || !is_blank(text.ptr[at])))
        at++;
    return at;
}

rb_result
rb_search_parse(struct rb_slice text, struct rb_search *out, struct rebound_error *err)
{
    size_t at = 0;
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rb_search){0};
    while (at < text.len) {
        bool quoted = text.ptr[at] == '"', prefix;
        size_t start = at + (quoted ? 1 : 0), end;
        if (is_blank(text.ptr[at])) {
            at++;
            continue;
        }
        end = part_end(text, start, quoted);
        at = end + (quoted && end < text.len ? 1 : 0);
        if (quoted) { /* a star behind the quotes counts too */
            prefix = at < text.len && text.ptr[at] == '*';
            at += prefix ? 1 : 0;
        } else {
            prefix = end > start && text.ptr[end - 1] == '*';
        }
        TRY(add_phrase(out, rb_slice_of(text.ptr + start, end - start), prefix, err));
    }
out:
    if (rc != REBOUND_OK)
        rb_search_free(out);
    return rc;
}

void
rb_search_free(struct rb_search *search)
{
    rb_buf_free(&search->folded);
    search->n = 0;
}

rb_result
rb_search_expression(const struct rb_search *search, struct rb_buf *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < search->n; i++) {
        const struct rb_phrase *p = &search->phrases[i];
        const char *close = p->prefix ? "\" *" : "\"", *open = i == 0 ? "\"" : " AND \"";
        TRY(rb_buf_append_slice(out, rb_slice_text(open), err));
        TRY(rb_buf_append(out, search->folded.ptr + p->start, p->len, err)); /* holds no quote */
        TRY(rb_buf_append_slice(out, rb_slice_text(close), err));
    }
out:
    return rc;
}

/* --- scoring --- */

/* A phrase found more often counts more, each further time less. Of the entry alone, so that it is
 * the same wherever and whenever an entry is looked at. */
static int64_t
weight(int64_t times)
{
    return times * 1000 / (times + 1);
}

static int64_t
count_phrase(struct rb_slice phrase, struct rb_slice document)
{
    const uint8_t *p = document.ptr, *end = document.ptr + document.len;
    int64_t n = 0;

    while ((size_t)(end - p) >= phrase.len) {
        p = memchr(p, ' ', (size_t)(end - p) - phrase.len + 1);
        if (p == NULL)
            break;
        n += memcmp(p, phrase.ptr, phrase.len) == 0 ? 1 : 0;
        p++;
    }
    return n;
}

int64_t
rb_search_score(const struct rb_search *search, struct rb_slice document)
{
    int64_t score = 0;

    for (size_t i = 0; i < search->n; i++) {
        const struct rb_phrase *p = &search->phrases[i];
        int64_t n = count_phrase(rb_slice_of(search->folded.ptr + p->start, p->len), document);
        if (n == 0)
            return 0;
        score += weight(n);
    }
    return score;
}

/* rb_score(search), of FTS5's own counts. */
static void
score_of_row(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *result, int n_args,
             sqlite3_value **args)
{
    int64_t times[RB_SEARCH_PHRASES_MAX] = {0}, score = 0;
    int n = 0, code = api->xInstCount(fts, &n);

    (void)n_args;
    (void)args;
    for (int i = 0; code == SQLITE_OK && i < n; i++) {
        int phrase, column, at;
        code = api->xInst(fts, i, &phrase, &column, &at);
        if (code == SQLITE_OK && phrase >= 0 && phrase < RB_SEARCH_PHRASES_MAX)
            times[phrase]++;
    }
    if (code != SQLITE_OK) {
        sqlite3_result_error_code(result, code);
        return;
    }
    for (size_t i = 0; i < RB_SEARCH_PHRASES_MAX; i++)
        score += weight(times[i]);
    sqlite3_result_int64(result, score);
}

rb_result
rb_search_register(struct rb_db *db, struct rebound_error *err)
{
    sqlite3_stmt *stmt = NULL;
    fts5_api *api = NULL;
    int code = sqlite3_prepare_v2(rb_db_handle(db), "SELECT fts5(?1)", -1, &stmt, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_bind_pointer(stmt, 1, (void *)&api, "fts5_api_ptr", NULL);
    if (code == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW && api != NULL)
        code = api->xCreateFunction(api, "rb_score", NULL, score_of_row, NULL);
    else if (code == SQLITE_OK)
        code = sqlite3_errcode(rb_db_handle(db)) == SQLITE_NOMEM ? SQLITE_NOMEM : SQLITE_ERROR;
    (void)sqlite3_finalize(stmt);
    return code == SQLITE_OK ? REBOUND_OK : rb_db_fail(db, code, err);
}

/* --- the text of an entry --- */

/* Calls for each piece of text that is searched: values as they are shown, what stands against them
 * in a conflict, elements of sets. */
typedef enum rebound_code each_text(void *ctx, struct rb_slice text, struct rebound_error *err);

static rb_result
each_text_of_field(const struct rb_entry_field *field, each_text *each, void *ctx,
                   struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(each(ctx, field->value, err));
    for (size_t i = 0; field->conflict && i < field->n_versions; i++) {
        if (!rb_slice_equal(field->versions[i].value, field->value))
            TRY(each(ctx, field->versions[i].value, err));
    }
out:
    return rc;
}

static rb_result
each_searched_text(const struct rb_entries_schema *schema, const struct rb_entry_state *state,
                   each_text *each, void *ctx, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < state->n_fields; i++) {
        if (schema->is_searched(schema->ctx, state->kind, state->fields[i].name))
            TRY(each_text_of_field(&state->fields[i], each, ctx, err));
    }
    for (size_t i = 0; i < state->n_sets; i++) {
        if (!schema->is_searched(schema->ctx, state->kind, state->sets[i].name))
            continue;
        for (size_t k = 0; k < state->sets[i].n_elements; k++)
            TRY(each(ctx, state->sets[i].elements[k], err));
    }
out:
    return rc;
}

static enum rebound_code
add_to_document(void *ctx, struct rb_slice text, struct rebound_error *err)
{
    struct rb_buf *document = ctx;
    enum rebound_code rc = REBOUND_OK;

    if (document->len > 1)
        TRY(rb_buf_append_slice(document, rb_slice_text(RB_SEARCH_GAP " "), err));
    TRY(rb_words_fold(text, document, err));
out:
    return rc;
}

rb_result
rb_search_document(const struct rb_entries_schema *schema, const struct rb_entry_state *state,
                   struct rb_buf *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_put_u8(out, ' ', err));
    TRY(each_searched_text(schema, state, add_to_document, out, err));
out:
    return rc;
}

/* --- snippets --- */

#define SNIPPET_MAX 160   /* bytes of text that a snippet shows */
#define SNIPPET_BEFORE 40 /* of it before the first hit */
#define HIT_OPEN 0x02
#define HIT_CLOSE 0x03
#define CUT "\xe2\x80\xa6" /* … */

/* Where words of a text stand, in the text and in its folded form. */
struct place {
    size_t start, end;   /* in the text */
    size_t folded_start; /* of the space before it in the folded form */
};

struct snippet {
    const struct rb_search *search;
    struct rb_buf *out;
    struct rb_buf folded, places; /* of struct place */
    bool found;
};

static size_t
place_count(const struct snippet *s)
{
    return s->places.len / sizeof(struct place);
}

static struct place
place_at(const struct snippet *s, size_t i)
{
    struct place p;

    memcpy(&p, s->places.ptr + i * sizeof p, sizeof p);
    return p;
}

static rb_result
fold_with_places(struct snippet *s, struct rb_slice text, struct rebound_error *err)
{
    struct rb_words words = rb_words_of(text);
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(&s->folded);
    rb_buf_clear(&s->places);
    TRY(rb_buf_put_u8(&s->folded, ' ', err));
    while (rb_words_next(&words)) {
        struct place p = {words.start, words.end, s->folded.len - 1};
        TRY(rb_buf_append(&s->places, &p, sizeof p, err));
        TRY(rb_buf_append(&s->folded, words.folded, words.len, err));
        TRY(rb_buf_put_u8(&s->folded, ' ', err));
    }
out:
    return rc;
}

/* How many words of a hit begin at word i: the longest phrase that does; 0: none. */
static size_t
hit_length(const struct snippet *s, size_t i)
{
    const uint8_t *at = s->folded.ptr + place_at(s, i).folded_start;
    size_t left = s->folded.len - place_at(s, i).folded_start, longest = 0;

    for (size_t k = 0; k < s->search->n; k++) {
        const struct rb_phrase *p = &s->search->phrases[k];
        const uint8_t *phrase = s->search->folded.ptr + p->start;
        size_t words = p->prefix ? 1 : 0;
        if (p->len > left || memcmp(at, phrase, p->len) != 0)
            continue;
        for (size_t b = 1; b < p->len; b++)
            words += phrase[b] == ' ' ? 1 : 0;
        longest = words > longest ? words : longest;
    }
    return longest;
}

/* Line breaks and other control characters become spaces: a snippet is a line, and its marks are
 * ours alone. */
static rb_result
append_plain(struct rb_buf *out, struct rb_slice text, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_slice(out, text, err));
    for (size_t i = out->len - text.len; i < out->len; i++) {
        if (out->ptr[i] < 0x20 || out->ptr[i] == 0x7f)
            out->ptr[i] = ' ';
    }
out:
    return rc;
}

/* The last word that still has room in a snippet that begins at word `first`, or `first`. */
static size_t
last_word(const struct snippet *s, size_t first)
{
    size_t last = first;

    while (last + 1 < place_count(s) &&
           place_at(s, last + 1).end - place_at(s, first).start <= SNIPPET_MAX)
        last++;
    return last;
}

/* Shows words `first` to `last`, hits marked; a hit that goes beyond is shown to its end. */
static rb_result
show(struct snippet *s, struct rb_slice text, size_t first, size_t last, struct rebound_error *err)
{
    size_t at = first == 0 ? 0 : place_at(s, first).start, end;
    enum rebound_code rc = REBOUND_OK;

    if (first == 0 && place_at(s, 0).start > SNIPPET_BEFORE)
        at = place_at(s, 0).start;
    if (at > 0)
        TRY(rb_buf_append_slice(s->out, rb_slice_text(CUT), err));
    for (size_t i = first; i <= last; i++) {
        size_t hit = hit_length(s, i), start = place_at(s, i).start;
        if (hit == 0)
            continue;
        i += hit - 1;
        last = i > last ? i : last;
        end = place_at(s, i).end;
        TRY(append_plain(s->out, rb_slice_of(text.ptr + at, start - at), err));
        TRY(rb_buf_put_u8(s->out, HIT_OPEN, err));
        TRY(append_plain(s->out, rb_slice_of(text.ptr + start, end - start), err));
        TRY(rb_buf_put_u8(s->out, HIT_CLOSE, err));
        at = end;
    }
    end = place_at(s, last).end;
    if (last + 1 == place_count(s) && text.len - end <= SNIPPET_BEFORE)
        end = text.len;
    TRY(append_plain(s->out, rb_slice_of(text.ptr + at, end - at), err));
    if (end < text.len)
        TRY(rb_buf_append_slice(s->out, rb_slice_text(CUT), err));
out:
    return rc;
}

/* The first text with a hit becomes the snippet. */
static enum rebound_code
look_for_snippet(void *ctx, struct rb_slice text, struct rebound_error *err)
{
    struct snippet *s = ctx;
    size_t hit = 0, first;
    enum rebound_code rc = REBOUND_OK;

    if (s->found)
        return REBOUND_OK;
    TRY(fold_with_places(s, text, err));
    while (hit < place_count(s) && hit_length(s, hit) == 0)
        hit++;
    if (hit == place_count(s))
        return REBOUND_OK;
    s->found = true;
    for (first = hit;
         first > 0 && place_at(s, hit).start - place_at(s, first - 1).start <= SNIPPET_BEFORE;)
        first--;
    TRY(show(s, text, first, last_word(s, first), err));
out:
    return rc;
}

rb_result
rb_search_snippet(const struct rb_search *search, const struct rb_entries_schema *schema,
                  const struct rb_entry_state *state, struct rb_buf *out, struct rebound_error *err)
{
    struct snippet s = {.search = search, .out = out};
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(out);
    TRY(each_searched_text(schema, state, look_for_snippet, &s, err));
    TRY(rb_buf_put_u8(out, 0, err));
out:
    rb_buf_free(&s.folded);
    rb_buf_free(&s.places);
    return rc;
}
