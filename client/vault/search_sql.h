/* The full-text index of version 4, as SQL for schema.c: titles stand apart from other words, so
 * that they count more. Entries that the one before held wait to be indexed again.
 *
 * Beginnings of one character are indexed too: such a search would read what the index has of a
 * tenth of all words, 60 ms with 100,000 entries. That makes it 60 % larger and 12 % slower to
 * write; for two characters, which read a third of that at most, it would be 130 % and 50 %.
 */
#ifndef RB_VAULT_SEARCH_SQL_H
#define RB_VAULT_SEARCH_SQL_H

#define RB_SEARCH_SQL                                                                              \
    "DROP TABLE search;"                                                                           \
    "CREATE VIRTUAL TABLE search USING"                                                            \
    " fts5(words, title, prefix='1', content='', columnsize=0, detail=full, tokenize='ascii');"    \
    "INSERT INTO search(search, rank) VALUES('pgsz', 3990), ('automerge', 64),"                    \
    " ('crisismerge', 256), ('hashsize', 4194304);"                                                \
    "UPDATE search_state SET indexed_to = 0, next_doc = 1099511627776;"                            \
    "UPDATE entries SET doc = NULL WHERE doc IS NOT NULL;"

/* Version 5: its words, to read. Holds nothing itself. */
#define RB_SEARCH_WORDS_SQL "CREATE VIRTUAL TABLE search_words USING fts5vocab('search', 'row');"

#endif
