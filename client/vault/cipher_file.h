/* A file opened through the cipher: what the two kinds of file share. For cipher*.c alone. */
#ifndef RB_VAULT_CIPHER_FILE_H
#define RB_VAULT_CIPHER_FILE_H

#include <sqlite3.h>

#include "vault/cipher_page.h"

struct rb_cipher {
    sqlite3_vfs vfs; /* what SQLite knows us by; pAppData is this struct */
    sqlite3_vfs *below;
    const struct rb_env *env;
    struct rb_cipher_keys *keys; /* secret memory */
    char name[40];
};

/* State of a database file. */
struct rb_cipher_db {
    int lock;                 /* as SQLite last got it: SQLITE_LOCK_NONE … */
    sqlite3_int64 known_size; /* the file holds at least this much, while a lock is held */
    bool is_copy;             /* the target of a VACUUM INTO, which sets page size and reserve itself */
    bool first_known;         /* the two below hold page 1 as it was last read or written here */
    uint8_t first_sealed[RB_CIPHER_PAGE_SIZE];
    uint8_t first_open[RB_CIPHER_PAGE_SIZE];
    uint8_t scratch[RB_CIPHER_PAGE_SIZE];
};

/* State of a rollback journal. SQLite writes and reads a record in three steps, number, image and checksum; it is put
 * together here and goes to disk, and comes from there, as a whole. */
struct rb_cipher_journal {
    enum { RB_RECORD_NONE, RB_RECORD_NUMBER, RB_RECORD_IMAGE } step;
    sqlite3_int64 record_at;
    uint8_t record[4 + RB_CIPHER_PAGE_SIZE + 4];
    sqlite3_int64 header_at; /* of the header written last; -1: none */
    uint8_t header[RB_JOURNAL_HEADER_LEN + RB_JOURNAL_CODE_LEN];
};

struct rb_cipher_file {
    sqlite3_file base; /* SQLite's view; must be first */
    const struct rb_cipher *cipher;
    sqlite3_file *below; /* in the same allocation, behind this struct */
    struct rb_cipher_db *db;           /* one of these two; sqlite3_malloc */
    struct rb_cipher_journal *journal;
};

extern const sqlite3_io_methods rb_cipher_db_methods;
extern const sqlite3_io_methods rb_cipher_journal_methods;

/* Passed on as they are, by both kinds. */
int rb_cipher_close(sqlite3_file *base);
int rb_cipher_sync(sqlite3_file *base, int flags);
int rb_cipher_lock_state(sqlite3_file *base, int *out);
int rb_cipher_sector_size(sqlite3_file *base);
int rb_cipher_characteristics(sqlite3_file *base);
int rb_cipher_control(sqlite3_file *base, int op, void *arg);

#endif
