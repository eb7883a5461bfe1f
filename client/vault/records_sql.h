/* The tables of records, heads, outbox, findings and settings (records.c, outbox.c, findings.c,
 * settings.c), as SQL for schema.c.
 *
 * Streams and devices are interned: other tables name them by a small number instead of 32 bytes.
 * Those numbers are never used again and never change. Large columns come last, so that reading the
 * others does not touch them; tables with them have a rowid.
 */
#ifndef RB_VAULT_RECORDS_SQL_H
#define RB_VAULT_RECORDS_SQL_H

#define RB_RECORDS_SQL                                                                               \
    "CREATE TABLE settings("                                                                         \
    " id INTEGER PRIMARY KEY,"                                                                       \
    " name TEXT NOT NULL UNIQUE,"                                                                    \
    " value BLOB NOT NULL"                                                                           \
    ");"                                                                                             \
    "CREATE TABLE streams("                                                                          \
    " id INTEGER PRIMARY KEY,"                                                                       \
    " stream BLOB NOT NULL UNIQUE,"                                                                  \
    " incarnation BLOB NOT NULL,"                                                                    \
    " position INTEGER NOT NULL,"                                                                    \
    " read_only INTEGER NOT NULL,"                                                                   \
    " control_acknowledged INTEGER NOT NULL," /* control records that the server holds */            \
    " own_acknowledged INTEGER NOT NULL,"     /* own sealed records that it holds */                 \
    " pinned_number INTEGER NOT NULL," /* control record that the server must show; 0: none */       \
    " pinned_record BLOB NOT NULL"                                                                   \
    ");"                                                                                             \
    "CREATE TABLE devices("                                                                          \
    " id INTEGER PRIMARY KEY,"                                                                       \
    " device BLOB NOT NULL UNIQUE"                                                                   \
    ");"                                                                                             \
    "CREATE TABLE controls("                                                                         \
    " id INTEGER PRIMARY KEY,"                                                                       \
    " stream INTEGER NOT NULL REFERENCES streams,"                                                   \
    " number INTEGER NOT NULL,"                                                                      \
    " record BLOB NOT NULL," /* its id */                                                            \
    " bytes BLOB NOT NULL,"                                                                          \
    " UNIQUE(stream, number)"                                                                        \
    ");"                                                                                             \
    "CREATE TABLE authors("                                                                          \
    " id INTEGER PRIMARY KEY,"                                                                       \
    " stream INTEGER NOT NULL REFERENCES streams,"                                                   \
    " device INTEGER NOT NULL REFERENCES devices,"                                                   \
    " head INTEGER NOT NULL, head_record BLOB NOT NULL,"                                             \
    " shown INTEGER NOT NULL, shown_record BLOB NOT NULL,"                                           \
    " named INTEGER NOT NULL, named_record BLOB NOT NULL,"                                           \
    " control_number INTEGER NOT NULL,"                                                              \
    " heard_ms INTEGER NOT NULL,"                                                                    \
    " frozen INTEGER NOT NULL,"                                                                      \
    " UNIQUE(stream, device)"                                                                        \
    ");"                                                                                             \
    "CREATE TABLE records("                                                                          \
    " id INTEGER PRIMARY KEY,"                                                                       \
    " stream INTEGER NOT NULL REFERENCES streams,"                                                   \
    " device INTEGER NOT NULL REFERENCES devices,"                                                   \
    " sequence INTEGER NOT NULL,"                                                                    \
    " state INTEGER NOT NULL,"                                                                       \
    " record BLOB NOT NULL,"                                                                         \
    " bytes BLOB NOT NULL,"                                                                          \
    " UNIQUE(stream, device, sequence)"                                                              \
    ");"                                                                                             \
    "CREATE INDEX records_parked ON records(stream, device, sequence) WHERE state = 2;" /* Edits     \
                                                                                           that      \
                                                                                           wait to   \
                                                                                           be        \
                                                                                           sealed;   \
                                                                                           `edit`    \
                                                                                           is        \
                                                                                           edits.id, \
                                                                                           so its    \
                                                                                           order     \
                                                                                           is that   \
                                                                                           of        \
                                                                                           saving.   \
                                                                                         */          \
    "CREATE TABLE outbox("                                                                           \
    " stream INTEGER NOT NULL REFERENCES streams,"                                                   \
    " edit INTEGER NOT NULL,"                                                                        \
    " PRIMARY KEY(stream, edit)"                                                                     \
    ") WITHOUT ROWID;" /* Which edits own record `sequence` carries: first..last are edits.id        \
                          without a gap, so that a record is most often one row. */                                                                    \
    "CREATE TABLE sealed("                                                                           \
    " stream INTEGER NOT NULL REFERENCES streams,"                                                   \
    " sequence INTEGER NOT NULL,"                                                                    \
    " first INTEGER NOT NULL,"                                                                       \
    " last INTEGER NOT NULL,"                                                                        \
    " PRIMARY KEY(stream, sequence, first)"                                                          \
    ") WITHOUT ROWID;" /* Streams and authors in full: a finding may be about one that is not        \
                          followed. */                                                               \
    "CREATE TABLE findings("                                                                         \
    " id INTEGER PRIMARY KEY,"                                                                       \
    " kind INTEGER NOT NULL,"                                                                        \
    " stream BLOB NOT NULL,"                                                                         \
    " author BLOB NOT NULL,"                                                                         \
    " sequence INTEGER NOT NULL,"                                                                    \
    " at_ms INTEGER NOT NULL,"                                                                       \
    " settled INTEGER NOT NULL,"                                                                     \
    " sentence TEXT NOT NULL,"                                                                       \
    " evidence BLOB NOT NULL"                                                                        \
    ");"                                                                                             \
    "CREATE UNIQUE INDEX findings_open ON findings(kind, stream, author, sequence)"                  \
    " WHERE settled = 0;"

#endif
