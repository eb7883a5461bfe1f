/* Words that the journal has, near to those that it has not. */
#include <string.h>

#include "vault/entries_inside.h"
#include "vault/entries_query.h"
#include "vault/near_words.h"
#include "vault/search.h"

#define TYPED_MAX 4 /* words of a search that are looked at */
#define TOLD_MAX 3  /* near ones of each */

/* How many documents the words that are read may be in, all together: reading what the index has of
 * a word costs some 30 to 60 ns for each, so this takes 15 ms at most. */
#define READ_MAX 250000

struct looking {
    struct rb_vault *vault;
    const struct rb_entries_query *query;
    struct rb_near_words near;
    uint64_t read;
};

/* --- the words that there are --- */

/* Words of the index from `from` on, before `to`. */
static rb_result
offer_range(struct looking *l, struct rb_slice from, struct rb_slice to, struct rebound_error *err)
{
    static const char sql[] = "SELECT term, doc FROM search_words WHERE term >= ?1 AND term < ?2";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(l->vault, sql, &stmt, err));
    rb_stmt_put_text(stmt, 1, from);
    rb_stmt_put_text(stmt, 2, to);
    while (l->read < READ_MAX) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        l->read += rb_stmt_get_u64(stmt, 1);
        rb_near_words_offer(&l->near, rb_stmt_get_text(stmt, 0), rb_stmt_get_u64(stmt, 1));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

/* Those that begin with these bytes: up to the first that is greater than all of them. Folded words
 * are UTF-8 and have no byte 0xff. */
static rb_result
offer_beginning(struct looking *l, struct rb_slice beginning, struct rebound_error *err)
{
    uint8_t end[RB_WORD_MAX + 1];

    memcpy(end, beginning.ptr, beginning.len);
    end[beginning.len] = 0xff;
    return offer_range(l, beginning, rb_slice_of(end, beginning.len + 1), err);
}

/* Bytes of the first n characters. */
static size_t
bytes_of(struct rb_slice word, size_t n)
{
    size_t at = 0;

    while (at < word.len && n > 0) {
        at++;
        while (at < word.len && (word.ptr[at] & 0xc0) == 0x80)
            at++;
        n--;
    }
    return at;
}

static rb_result
offer_indexed(struct looking *l, struct rb_slice typed, struct rebound_error *err)
{
    size_t one = bytes_of(typed, 1), two = bytes_of(typed, 2);
    uint8_t swapped[RB_WORD_MAX];
    enum rebound_code rc = REBOUND_OK;

    TRY(offer_beginning(l, rb_slice_of(typed.ptr, two), err));
    memcpy(swapped, typed.ptr + one, two - one);
    memcpy(swapped + two - one, typed.ptr, one);
    TRY(offer_beginning(l, rb_slice_of(swapped, two), err));
    if (l->near.n == 0) /* a slip in the second character: many more words */
        TRY(offer_beginning(l, rb_slice_of(typed.ptr, one), err));
out:
    return rc;
}

static void
offer_words(struct looking *l, struct rb_slice words)
{
    const uint8_t *p = words.ptr, *end = words.ptr + words.len;

    while (p < end) {
        const uint8_t *space = memchr(p, ' ', (size_t)(end - p));
        size_t len = (size_t)((space == NULL ? end : space) - p);
        rb_near_words_offer(&l->near, rb_slice_of(p, len), 1);
        p += len + 1;
    }
}

/* What the index does not hold yet. */
static rb_result
offer_waiting(struct looking *l, struct rebound_error *err)
{
    struct rb_document document = {{0}, {0}};
    struct rb_entry_state *state = NULL;
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_query_all_waiting(l->vault, &stmt, err));
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(rb_entry_load(l->vault, rb_stmt_get_i64(stmt, 0), rb_stmt_get_i64(stmt, 1), &state,
                          err));
        TRY(rb_search_document(rb_entries_schema(l->vault), state, &document, err));
        offer_words(l, rb_buf_slice(&document.words));
        offer_words(l, rb_buf_slice(&document.title));
        rb_entry_state_free(state);
        state = NULL;
    }
out:
    rb_stmt_done(stmt);
    rb_entry_state_free(state);
    rb_document_free(&document);
    return rc;
}

/* --- those that are told --- */

struct written {
    char text[4 * RB_WORD_MAX];
    size_t len;
};

/* The word as the best hit has it: what its snippet marks. */
static rb_result
take_written(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
             const char *snippet)
{
    struct written *w = ctx;
    const char *from = strchr(snippet, 0x02), *to = strchr(snippet, 0x03);

    (void)id;
    (void)state;
    if (from == NULL || to == NULL || (size_t)(to - from) > sizeof w->text)
        return REBOUND_OK;
    w->len = (size_t)(to - from - 1);
    memcpy(w->text, from + 1, w->len);
    return REBOUND_OK;
}

/* How many entries have the word, by the rest of the query, or at all. */
static rb_result
count_word(struct looking *l, bool at_all, struct rb_slice word, struct written *written,
           uint64_t *out, struct rebound_error *err)
{
    struct rb_entries_query query = *l->query;
    char words[RB_WORD_MAX + 1];

    if (at_all)
        query = (struct rb_entries_query){.trashed = l->query->trashed};
    memcpy(words, word.ptr, word.len);
    words[word.len] = '\0';
    query.words = words;
    query.oldest_first = false;
    query.offset = 0;
    query.limit = 1;
    return rb_entries_find(l->vault, &query, take_written, written, out, err);
}

static rb_result
tell_near(struct looking *l, struct rb_slice typed, const struct rb_near_sink *sink,
          struct rebound_error *err)
{
    size_t told = 0;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < l->near.n && told < TOLD_MAX; i++) {
        struct rb_slice word = rb_slice_of(l->near.best[i].text, l->near.best[i].len);
        struct written written = {.len = 0};
        uint64_t n = 0;
        TRY(count_word(l, false, word, &written, &n, err));
        if (n == 0) /* in the trash alone, or no longer anywhere */
            continue;
        if (written.len > 0)
            word = rb_slice_of(written.text, written.len);
        TRY(sink->word(sink->ctx, typed, word, n, err));
        told++;
    }
out:
    return rc;
}

rb_result
rb_entries_near(struct rb_vault *vault, const struct rb_entries_query *query,
                const struct rb_near_sink *sink, struct rebound_error *err)
{
    struct rb_slice text = rb_slice_text(query->words);
    struct rb_words words = rb_words_of(text);
    struct looking l = {.vault = vault, .query = query};
    enum rebound_code rc = rb_vault_begin_read(vault, err);

    if (rc != REBOUND_OK)
        return rc;
    for (size_t i = 0; i < TYPED_MAX && rb_words_next(&words); i++) {
        struct rb_slice folded = rb_slice_of(words.folded, words.len);
        struct written written;
        uint64_t n = 0;
        if (words.end < text.len && text.ptr[words.end] == '*')
            continue;
        TRY(count_word(&l, true, folded, &written, &n, err));
        if (n > 0)
            continue;
        rb_near_words_begin(&l.near, folded);
        if (l.near.most == 0)
            continue;
        TRY(offer_indexed(&l, folded, err));
        TRY(offer_waiting(&l, err));
        TRY(tell_near(&l, rb_slice_of(text.ptr + words.start, words.end - words.start), sink, err));
    }
out:
    rb_vault_end_read(vault);
    return rc;
}
