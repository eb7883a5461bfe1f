/* What a person searches for, matched against the folded words of an entry: by SQLite's full-text
 * index, or here, for entries that it does not hold yet. Both find the same and rank the same. For
 * vault/ alone.
 *
 * A document has two parts, the entry's title and the rest. Each is one space, then each folded
 * word (search_words.h) with a space behind it; between fields stands RB_SEARCH_GAP, which no word
 * is, so that no phrase goes across. A part without a word is empty but for that space.
 */
#ifndef RB_VAULT_SEARCH_H
#define RB_VAULT_SEARCH_H

#include "merge/entry.h"
#include "vault/database.h"
#include "vault/entries.h"

#define RB_SEARCH_GAP "\xee\x80\x80" /* U+E000, private use */
#define RB_SEARCH_PHRASES_MAX 64
#define RB_SEARCH_TITLE_WORTH 3 /* a hit in a title counts as so many in the rest */

struct rb_phrase {
    size_t start, len; /* in `folded`: " one two ", or of a prefix " one tw" */
    bool prefix;
};

struct rb_document {
    struct rb_buf words, title;
};

struct rb_search {
    struct rb_phrase phrases[RB_SEARCH_PHRASES_MAX];
    size_t n;
    struct rb_buf folded;
};

/* "a phrase", word, pref*, in any order; all must be there. A word that folds to several, such as
 * "e-mail", is a phrase. Nothing in it that is a word: n is 0, and it finds nothing. TOO_LARGE
 * above RB_SEARCH_PHRASES_MAX. *out is the caller's: rb_search_free. */
rb_result rb_search_parse(struct rb_slice text, struct rb_search *out, struct rebound_error *err);
/* The text as one phrase. n is 0 when there is no word in it. *out is the caller's. */
rb_result rb_search_phrase(struct rb_slice text, struct rb_search *out, struct rebound_error *err);
void rb_search_free(struct rb_search *search);
/* The same for FTS5's MATCH; n > 0. */
rb_result rb_search_expression(const struct rb_search *search, struct rb_buf *out,
                               struct rebound_error *err);
/* 0: does not match; else the higher the better: the sum of what each phrase weighs. Of the entry
 * alone, so that it is the same wherever and whenever an entry is looked at. */
int64_t rb_search_score(const struct rb_search *search, const struct rb_document *document);
/* What a phrase weighs that is found so often: each further time adds less. */
int64_t rb_search_weight(int64_t times);

/* Calls for each piece of text that is searched: values as they are shown, what stands against them
 * in a conflict, elements of sets. */
typedef enum rebound_code rb_search_each_text(void *ctx, struct rb_slice text,
                                              struct rebound_error *err);
enum rb_search_part { RB_SEARCH_WORDS = 1, RB_SEARCH_TITLE = 2, RB_SEARCH_ALL = 3 };
rb_result rb_search_texts(const struct rb_entries_schema *schema,
                          const struct rb_entry_state *state, enum rb_search_part part,
                          rb_search_each_text *each, void *ctx, struct rebound_error *err);
/* Makes *out, zero or an earlier one, the document of a state. */
rb_result rb_search_document(const struct rb_entries_schema *schema,
                             const struct rb_entry_state *state, struct rb_document *out,
                             struct rebound_error *err);
void rb_document_free(struct rb_document *document);
/* Replaces *out by the part of the state's text that shows what was found, hits between U+0002 and
 * U+0003, NUL behind it; about 200 bytes, unless a word is longer. */
rb_result rb_search_snippet(const struct rb_search *search, const struct rb_entries_schema *schema,
                            const struct rb_entry_state *state, struct rb_buf *out,
                            struct rebound_error *err);

#endif
