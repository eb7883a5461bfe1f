/* The tables of entries and search (entries*.c, search*.c), as SQL for schema.c.
 *
 * edits: every edit as its exact bytes; `id` grows in the order in which they were stored here and
 * is never used again, so edits that are taken out stay as empty rows of entry 0. `stream`,
 * `author` and `device` are numbers of records_sql.h. `author` and `sequence` are those of the
 * record an edit came in, NULL for one made here, whose own record stands in `sealed`. wall_ms,
 * counter and device are its stamp's, as signed 64 bit; the outbox names edits by `id`.
 *
 * An entry's number is the id of its first edit, so that an entry of one edit, which most are,
 * needs no row in an index over edits.
 *
 * entries: what is derived, for lists. `at` is the entry's time as rb_entries_at makes it; `place`
 * 0 the journal, 1 the trash; `doc` its number in the search index: NULL is its own id, once that
 * is not above search_state.indexed_to; 0: changed since, to be indexed again.
 *
 * marks: tags (TEXT) and entries that fields refer to (BLOB of 16 bytes), with what their lists are
 * ordered by. kinds: names, and counters so that totals need no counting.
 *
 * search: folded words of each document, contentless (search_sql.h has it as it is now). Documents are never deleted: one whose number
 * is no entry's `doc` is passed over, until the index is made anew. `next_doc` is the number that
 * the next entry to be indexed again gets, from 2^40. The index's pages have room in ours, which
 * hold 40 bytes less than SQLite's.
 */
#ifndef RB_VAULT_ENTRIES_SQL_H
#define RB_VAULT_ENTRIES_SQL_H

#define RB_ENTRIES_SQL                                                                             \
    "CREATE TABLE edits("                                                                          \
    " id INTEGER PRIMARY KEY,"                                                                     \
    " entry INTEGER NOT NULL,"                                                                     \
    " stream INTEGER NOT NULL,"                                                                    \
    " author INTEGER,"                                                                             \
    " sequence INTEGER,"                                                                           \
    " wall_ms INTEGER NOT NULL,"                                                                   \
    " counter INTEGER NOT NULL,"                                                                   \
    " device INTEGER NOT NULL,"                                                                    \
    " bytes BLOB NOT NULL"                                                                         \
    ");"                                                                                           \
    "CREATE INDEX edits_later ON edits(entry, wall_ms, counter) WHERE entry <> id;"                \
    "CREATE TABLE edits_also("                                                                     \
    " edit INTEGER NOT NULL,"                                                                      \
    " stream INTEGER NOT NULL,"                                                                    \
    " author INTEGER NOT NULL,"                                                                    \
    " sequence INTEGER NOT NULL,"                                                                  \
    " PRIMARY KEY(edit, stream, author, sequence)"                                                 \
    ") WITHOUT ROWID;"                                                                             \
    "CREATE TABLE entries("                                                                        \
    " id INTEGER PRIMARY KEY,"                                                                     \
    " entry_id BLOB NOT NULL,"                                                                     \
    " kind INTEGER NOT NULL,"                                                                      \
    " place INTEGER NOT NULL,"                                                                     \
    " at INTEGER NOT NULL,"                                                                        \
    " conflict INTEGER NOT NULL,"                                                                  \
    " edits INTEGER NOT NULL,"                                                                     \
    " marked INTEGER NOT NULL,"                                                                    \
    " doc INTEGER"                                                                                 \
    ");"                                                                                           \
    "CREATE UNIQUE INDEX entries_entry ON entries(entry_id);"                                      \
    "CREATE INDEX entries_time ON entries(place, at, kind);"                                       \
    "CREATE INDEX entries_kind ON entries(kind, place, at);"                                       \
    "CREATE INDEX entries_conflicted ON entries(place, at) WHERE conflict = 1;"                    \
    "CREATE INDEX entries_again ON entries(doc) WHERE doc = 0;"                                    \
    "CREATE UNIQUE INDEX entries_doc ON entries(doc) WHERE doc > 0;"                               \
    "CREATE TABLE kinds("                                                                          \
    " id INTEGER PRIMARY KEY,"                                                                     \
    " name BLOB NOT NULL UNIQUE,"                                                                  \
    " alive INTEGER NOT NULL,"                                                                     \
    " trashed INTEGER NOT NULL,"                                                                   \
    " conflicted INTEGER NOT NULL"                                                                 \
    ");"                                                                                           \
    "CREATE TABLE marks("                                                                          \
    " mark NOT NULL,"                                                                              \
    " place INTEGER NOT NULL,"                                                                     \
    " at INTEGER NOT NULL,"                                                                        \
    " entry INTEGER NOT NULL,"                                                                     \
    " kind INTEGER NOT NULL,"                                                                      \
    " PRIMARY KEY(mark, place, at, entry)"                                                         \
    ") WITHOUT ROWID;"                                                                             \
    "CREATE INDEX marks_entry ON marks(entry);"                                                    \
    "CREATE VIRTUAL TABLE search USING"                                                            \
    " fts5(words, content='', columnsize=0, detail=full, tokenize='ascii');"                       \
    "INSERT INTO search(search, rank) VALUES('pgsz', 3990), ('automerge', 64),"                    \
    " ('crisismerge', 256), ('hashsize', 4194304);"                                                \
    "CREATE TABLE search_state("                                                                   \
    " id INTEGER PRIMARY KEY CHECK(id = 1),"                                                       \
    " indexed_to INTEGER NOT NULL,"                                                                \
    " next_doc INTEGER NOT NULL"                                                                   \
    ");"                                                                                           \
    "INSERT INTO search_state VALUES(1, 0, 1099511627776);"                                        \
    "CREATE TABLE clock("                                                                          \
    " id INTEGER PRIMARY KEY CHECK(id = 1),"                                                       \
    " wall_ms INTEGER NOT NULL,"                                                                   \
    " counter INTEGER NOT NULL"                                                                    \
    ");"                                                                                           \
    "INSERT INTO clock VALUES(1, 0, 0);"                                                           \
    "CREATE TABLE steps("                                                                          \
    " id INTEGER PRIMARY KEY,"                                                                     \
    " undone INTEGER NOT NULL,"                                                                    \
    " what TEXT NOT NULL,"                                                                         \
    " items BLOB NOT NULL"                                                                         \
    ");"

#endif
