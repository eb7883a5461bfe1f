/* The tables of entries and search (entries.c, search.c), as SQL for schema.c.
 *
 * edits: every edit as its exact bytes; `id` grows in the order in which they were stored here. The
 * outbox (records_sql.h) names edits by it.
 */
#ifndef RB_VAULT_ENTRIES_SQL_H
#define RB_VAULT_ENTRIES_SQL_H

#define RB_ENTRIES_SQL                                                                             \
    "CREATE TABLE edits("                                                                          \
    " id INTEGER PRIMARY KEY,"                                                                     \
    " entry BLOB NOT NULL,"                                                                        \
    " wall_ms INTEGER NOT NULL,"                                                                   \
    " counter INTEGER NOT NULL,"                                                                   \
    " device BLOB NOT NULL,"                                                                       \
    " bytes BLOB NOT NULL,"                                                                        \
    " UNIQUE(entry, wall_ms, counter, device)"                                                     \
    ");"

#endif
