/* Entries: edits kept as they are, and the current state of each entry, derived from them
 * (merge/entry.h) and indexed for lists and search. A write to an edit and what derives from it are
 * one transaction.
 *
 * Invariant: what is shown of an entry equals rb_entry_merge over its stored edits; derived columns
 * and the search index hold the same, or the entry waits to be indexed, and every search reads it
 * too. What derives is of the schema in use: a program that knows of other texts, references or
 * searched fields than the one before derives all anew (rb_entries_derive) when it migrates.
 */
#ifndef RB_VAULT_ENTRIES_H
#define RB_VAULT_ENTRIES_H

#include "merge/change.h"
#include "merge/entry.h"
#include "vault/vault.h"

/* Where an entry's facts go: a name of at most RB_FACT_NAME_MAX bytes, when, and how much. No two
 * of one entry have the same name and time. */
struct rb_fact_sink {
    rb_result (*put)(void *ctx, struct rb_slice name, int64_t ms, int64_t value,
                     struct rebound_error *err);
    void *ctx;
};

/* What the vault is told of kinds and fields; it knows itself only the fields "kind" and "at" (the
 * entry's own time: RFC 3339 in UTC, or a date; none: the first stamp's) and the set "tags".
 * Without: no text is merged, every kind is listed, every field searched, and a field of exactly 32
 * hex digits refers to an entry. */
struct rb_entries_schema {
    struct rb_entry_schema merge;
    bool (*is_listed)(void *ctx, struct rb_slice kind);
    bool (*is_link)(void *ctx, struct rb_slice kind, struct rb_slice field);
    bool (*is_searched)(void *ctx, struct rb_slice kind, struct rb_slice field); /* sets too */
    /* Of fields that are searched: words in it count more. NULL: none is. */
    bool (*is_title)(void *ctx, struct rb_slice kind, struct rb_slice field);
    /* What an entry states as numbers (vault/facts.h): calls `put` for each, and returns what that
     * returns if it is not OK. NULL: none does. */
    rb_result (*each_fact)(void *ctx, const struct rb_entry_state *state,
                           const struct rb_fact_sink *sink, struct rebound_error *err);
    void *ctx;
};
/* Borrowed, for as long as the handle lives. Once, after opening, before entries are read or
 * written. */
void rb_entries_use_schema(struct rb_vault *vault, const struct rb_entries_schema *schema);

/* Stores edits made here (they go to the stream's outbox) or received in record (author, sequence)
 * (they do not); derives the entries' states. Inside a write transaction; the stream is one that
 * the vault follows. An edit that is there already is passed over. Cost per edit: that of merging
 * its entry. `origin` NULL: made here. `edits` are decoded or encoded: each has its exact bytes. */
struct rb_edit_origin {
    struct rb_device_key author;
    uint64_t sequence;
    bool quiet; /* quarantine etc.: reserved, false */
};
rb_result rb_entries_save(struct rb_vault *vault, const struct rb_stream_id *stream,
                          const struct rb_edit *edits, size_t n,
                          const struct rb_edit_origin *origin, struct rebound_error *err);

/* The state of one entry, merged; trashed ones too. NOT_FOUND. *out owned: rb_entry_state_free. */
rb_result rb_entries_get(struct rb_vault *vault, const struct rb_entry_id *id,
                         struct rb_entry_state **out, struct rebound_error *err);
/* Every edit of an entry, oldest stamp first, decoded (borrowed by the callback for the call). */
rb_result rb_entries_history(struct rb_vault *vault, const struct rb_entry_id *id,
                             rb_result (*each)(void *ctx, const struct rb_edit *edit), void *ctx,
                             struct rebound_error *err);
/* Ids that begin with these hex digits (at least 4); at most `max`. Returns how many there are up
 * to max + 1. */
rb_result rb_entries_by_prefix(struct rb_vault *vault, const char *hex, struct rb_entry_id *out,
                               size_t max, size_t *n_out, struct rebound_error *err);

/* What lists show, and search: one query. Zero-initialise; every member narrows. */
#define RB_ENTRIES_MORE_MAX 16 /* further tags, references, choices of a query; TOO_LARGE */

/* A choice: an entry is among these when any of it fits. */
struct rb_entries_among {
    const struct rb_entry_id *link; /* it refers to this one; NULL: to none */
    const char *const *said;        /* it holds one of these, each a phrase of whole words */
    size_t n_said;
    const struct rb_entry_id *ids; /* it is one of these */
    size_t n_ids;
    const struct rb_entry_id *but; /* it is never this one; NULL: no such one */
};

struct rb_entries_query {
    const char *kind; /* NULL: any that lists show, but with words, link, among, trashed or
                         conflicted any at all */
    bool every_kind;  /* with kind NULL: also those that lists don't show */
    const char *tag;
    const struct rb_entry_id *link; /* entries whose `about` (or other reference) names this one */
    const char *const *more_tags;   /* and all of these */
    size_t n_more_tags;             /* at most RB_ENTRIES_MORE_MAX */
    const struct rb_entry_id *more_links; /* and all of these */
    size_t n_more_links;                  /* at most RB_ENTRIES_MORE_MAX */
    const struct rb_entries_among *among; /* and among each of these */
    size_t n_among;                       /* at most RB_ENTRIES_MORE_MAX + 1 */
    uint64_t since_ms, until_ms;          /* of the entry's own time; 0: open; until is exclusive */
    const char *words;                    /* full text: words, "a phrase", prefix* ; NULL: none */
    bool trashed;      /* only those in the trash; else only those that are not */
    bool conflicted;   /* only those with a conflict */
    bool oldest_first; /* default: newest first; with words: best first */
    uint32_t limit;    /* 0: all */
    uint32_t offset;
};
/* Calls `each` for every hit in order, with what it is given borrowed for the call; it may read the
 * vault. Stops when `each` returns other than OK and returns that. `snippet` is NULL without words:
 * part of the text, the hits between U+0002 and U+0003. *total_out (may be NULL): hits without
 * limit. Words fold case and accents; all must be there; best first is by how often they stand
 * there, each time less, in a title three times as much, then newest. */
rb_result rb_entries_find(struct rb_vault *vault, const struct rb_entries_query *query,
                          rb_result (*each)(void *ctx, const struct rb_entry_id *id,
                                            const struct rb_entry_state *state,
                                            const char *snippet),
                          void *ctx, uint64_t *total_out, struct rebound_error *err);

/* Where words of a query find nothing, each alone and in all of the journal: words that the journal
 * has and that are a slip or two away (near_words.h), as they are written in it, the nearest first,
 * with how many entries the rest of the query finds with each. They begin with the same character,
 * or with the first two in the other order. At most 3 for each of the first 4 words. Costs some 20
 * ms at most, and what searching each of them costs. */
struct rb_near_sink {
    rb_result (*word)(void *ctx, struct rb_slice typed, struct rb_slice word, uint64_t entries,
                      struct rebound_error *err);
    void *ctx;
};
rb_result rb_entries_near(struct rb_vault *vault, const struct rb_entries_query *query,
                          const struct rb_near_sink *sink, struct rebound_error *err);

/* How often something is there, of entries in the journal whose own time is in [from, to) (0:
 * open). Tags, the most frequent first, at most `max`; for each entry of a kind that others refer
 * to, how many of which kind do. Linear in the tags, in the references. */
rb_result rb_entries_count_tags(struct rb_vault *vault, uint64_t from_ms, uint64_t to_ms,
                                uint32_t max,
                                rb_result (*each)(void *ctx, struct rb_slice tag, uint64_t n),
                                void *ctx, struct rebound_error *err);
rb_result rb_entries_count_links(struct rb_vault *vault, const char *kind, uint64_t from_ms,
                                 uint64_t to_ms,
                                 rb_result (*each)(void *ctx, const struct rb_entry_id *id,
                                                   struct rb_slice by_kind, uint64_t n),
                                 void *ctx, struct rebound_error *err);

/* Something of the entry is in no record that the server acknowledged. NOT_FOUND. */
rb_result rb_entries_is_unsent(struct rb_vault *vault, const struct rb_entry_id *id, bool *out,
                               struct rebound_error *err);

/* The one clock that stamps of this device come from: read it, take or observe stamps, and put it
 * back in the same write transaction. A new vault's is zero. */
rb_result rb_entries_clock_get(struct rb_vault *vault, struct rb_hlc *out,
                               struct rebound_error *err);
rb_result rb_entries_clock_put(struct rb_vault *vault, const struct rb_hlc *clock,
                               struct rebound_error *err);

/* Derives one entry anew from its stored edits, for who changed those. Inside a write transaction.
 * NOT_FOUND. */
rb_result rb_entries_derive(struct rb_vault *vault, const struct rb_entry_id *id,
                            struct rebound_error *err);
/* Takes out the edits that came in, or were sealed into, the author's records of this number and
 * above (a cut, a fork), and derives their entries anew; one without any edit left is gone. An edit
 * that another record brought too stays. Inside a write transaction. Linear in the journal. */
rb_result rb_entries_unapply(struct rb_vault *vault, const struct rb_stream_id *stream,
                             const struct rb_device_key *author, uint64_t from_sequence,
                             struct rebound_error *err);
/* Does what is derived agree with what it derives from? A sentence for each difference. Linear in
 * the journal. */
rb_result rb_entries_check(struct rb_vault *vault, void (*found)(void *ctx, const char *sentence),
                           void *ctx, struct rebound_error *err);

/* The log of what was done here, for undo: one row for each call that a person would call one step.
 */
rb_result rb_entries_log_step(struct rb_vault *vault, const char *what, const struct rb_edit *edits,
                              size_t n, struct rebound_error *err);
/* The last step that was not undone: its description and the entries with the stamps it wrote.
 * *found_out. */
struct rb_step_item {
    struct rb_entry_id entry;
    struct rb_stamp stamp;
};
rb_result rb_entries_last_step(struct rb_vault *vault, int64_t *step_out, struct rb_buf *what_out,
                               struct rb_buf *items_out, /* array of struct rb_step_item */
                               bool *found_out, struct rebound_error *err);
rb_result rb_entries_step_undone(struct rb_vault *vault, int64_t step, struct rebound_error *err);

/* Times and numbers for `status`: entries alive, in the trash, with conflicts. */
struct rb_entries_counts {
    uint64_t alive, trashed, conflicted;
};
rb_result rb_entries_count(struct rb_vault *vault, struct rb_entries_counts *out,
                           struct rebound_error *err);

/* Works off at most `max` entries still to be indexed for search, in its own transaction; *left_out
 * tells how many wait, at most twice `max` (max 0: only that, and all). Call it when many edits
 * were received, until none is left, some 1000 at a time; saves of few, and of many new entries
 * made here, look after themselves. A search reads those that wait, which takes it about 10 us for
 * each. */
rb_result rb_entries_index_some(struct rb_vault *vault, uint32_t max, uint64_t *left_out,
                                struct rebound_error *err);

#endif
