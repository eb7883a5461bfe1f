/* The tables of facts (facts.c), as SQL for schema.c.
 *
 * facts: numbers that entries state at a time (vault/facts.h), of entries that are in the journal;
 * `at` in Unix milliseconds.
 *
 * deriving: entries up to number `upto` are to be derived anew, those up to `done` are; a schema
 * step that changes what derives sets them.
 */
#ifndef RB_VAULT_FACTS_SQL_H
#define RB_VAULT_FACTS_SQL_H

#define RB_FACTS_SQL                                                                               \
    "CREATE TABLE facts("                                                                          \
    " fact TEXT NOT NULL,"                                                                         \
    " at INTEGER NOT NULL,"                                                                        \
    " entry INTEGER NOT NULL,"                                                                     \
    " value INTEGER NOT NULL,"                                                                     \
    " PRIMARY KEY(fact, at, entry)"                                                                \
    ") WITHOUT ROWID;"                                                                             \
    "CREATE INDEX facts_entry ON facts(entry);"                                                    \
    "CREATE TABLE deriving("                                                                       \
    " id INTEGER PRIMARY KEY CHECK(id = 1),"                                                       \
    " done INTEGER NOT NULL,"                                                                      \
    " upto INTEGER NOT NULL"                                                                       \
    ");"                                                                                           \
    "INSERT INTO deriving SELECT 1, 0, coalesce(max(id), 0) FROM entries;"

#endif
