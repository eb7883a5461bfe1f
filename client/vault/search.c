#include "vault/search.h"

#include <string.h>

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

rb_result
rb_search_phrase(struct rb_slice text, struct rb_search *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rb_search){0};
    TRY(add_phrase(out, text, false, err));
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

int64_t
rb_search_weight(int64_t times)
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
rb_search_score(const struct rb_search *search, const struct rb_document *document)
{
    int64_t score = 0;

    for (size_t i = 0; i < search->n; i++) {
        const struct rb_phrase *p = &search->phrases[i];
        struct rb_slice phrase = rb_slice_of(search->folded.ptr + p->start, p->len);
        int64_t n = count_phrase(phrase, rb_buf_slice(&document->words)) +
                    RB_SEARCH_TITLE_WORTH * count_phrase(phrase, rb_buf_slice(&document->title));
        if (n == 0)
            return 0;
        score += rb_search_weight(n);
    }
    return score;
}

/* --- the text of an entry --- */

static rb_result
each_text_of_field(const struct rb_entry_field *field, rb_search_each_text *each, void *ctx,
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

static enum rb_search_part
part_of(const struct rb_entries_schema *schema, struct rb_slice kind, struct rb_slice field)
{
    bool is_title = schema->is_title != NULL && schema->is_title(schema->ctx, kind, field);

    return is_title ? RB_SEARCH_TITLE : RB_SEARCH_WORDS;
}

rb_result
rb_search_texts(const struct rb_entries_schema *schema, const struct rb_entry_state *state,
                enum rb_search_part part, rb_search_each_text *each, void *ctx,
                struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < state->n_fields; i++) {
        struct rb_slice name = state->fields[i].name;
        if (schema->is_searched(schema->ctx, state->kind, name) &&
            (part_of(schema, state->kind, name) & part) != 0)
            TRY(each_text_of_field(&state->fields[i], each, ctx, err));
    }
    for (size_t i = 0; (part & RB_SEARCH_WORDS) != 0 && i < state->n_sets; i++) {
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
                   struct rb_document *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(&out->words);
    rb_buf_clear(&out->title);
    TRY(rb_buf_put_u8(&out->words, ' ', err));
    TRY(rb_buf_put_u8(&out->title, ' ', err));
    TRY(rb_search_texts(schema, state, RB_SEARCH_WORDS, add_to_document, &out->words, err));
    TRY(rb_search_texts(schema, state, RB_SEARCH_TITLE, add_to_document, &out->title, err));
out:
    return rc;
}

void
rb_document_free(struct rb_document *document)
{
    rb_buf_free(&document->words);
    rb_buf_free(&document->title);
}
