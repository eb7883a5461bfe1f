/* The table of blobs (blobs.c), as SQL for schema.c. `state`: enum rb_blob_state; `made_ms` the wall
 * clock when it was put.
 */
#ifndef RB_VAULT_BLOBS_SQL_H
#define RB_VAULT_BLOBS_SQL_H

#define RB_BLOBS_SQL                                                                               \
    "CREATE TABLE blobs("                                                                          \
    " id INTEGER PRIMARY KEY,"                                                                     \
    " name BLOB NOT NULL UNIQUE,"                                                                  \
    " state INTEGER NOT NULL,"                                                                     \
    " made_ms INTEGER NOT NULL,"                                                                   \
    " bytes BLOB NOT NULL"                                                                         \
    ");"                                                                                           \
    "CREATE INDEX blobs_waiting ON blobs(state) WHERE state <> 0;"

#endif
