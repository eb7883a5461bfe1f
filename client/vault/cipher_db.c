/* The database file: pages in, pages out. */
#include <string.h>

#include "vault/cipher_file.h"

static struct rb_cipher_file *
file_of(sqlite3_file *base)
{
    return (struct rb_cipher_file *)(void *)base;
}

/* Tells the log which page it was; SQLite's code says only what. */
static int
refuse_page(const struct rb_cipher_file *file, uint32_t number, int code)
{
    rb_env_log(file->cipher->env, RB_LOG_ERROR, code == SQLITE_NOTADB
                   ? "vault: page %u is of no vault, or of one with another key"
                   : "vault: page %u was altered or is torn: it does not open", number);
    return code;
}

/* Nothing was read, or less than a page: tells a file that ends before this page from one that ends inside it. */
static int
short_page(struct rb_cipher_file *file, uint32_t number, sqlite3_int64 at)
{
    sqlite3_int64 size = 0;
    int rc = file->below->pMethods->xFileSize(file->below, &size);

    if (rc != SQLITE_OK)
        return rc;
    return size > at ? refuse_page(file, number, SQLITE_IOERR_DATA) : SQLITE_IOERR_SHORT_READ;
}

/* Brings first_open up to date. The whole page is read each time and compared with the one opened last, so that a
 * transaction that finds nothing new pays for no opening. Touches nothing but the state of page 1. */
static int
read_first(struct rb_cipher_file *file)
{
    struct rb_cipher_db *db = file->db;
    sqlite3_int64 size = 0;
    enum rb_page_opened opened;
    int rc = file->below->pMethods->xRead(file->below, db->scratch, RB_CIPHER_PAGE_SIZE, 0);

    if (rc == SQLITE_IOERR_SHORT_READ) {
        rc = file->below->pMethods->xFileSize(file->below, &size);
        if (rc == SQLITE_OK)
            rc = size == 0 ? SQLITE_IOERR_SHORT_READ : SQLITE_IOERR_DATA;
    }
    if (rc != SQLITE_OK)
        return rc;
    if (db->first_known && memcmp(db->scratch, db->first_sealed, RB_CIPHER_PAGE_SIZE) == 0)
        return SQLITE_OK;
    db->first_known = false;
    memcpy(db->first_sealed, db->scratch, RB_CIPHER_PAGE_SIZE);
    opened = rb_page_open(file->cipher->keys, 1, db->scratch);
    if (opened != RB_PAGE_OPENED)
        return opened == RB_PAGE_FOREIGN ? SQLITE_NOTADB : SQLITE_IOERR_DATA;
    memcpy(db->first_open, db->scratch, RB_CIPHER_PAGE_SIZE);
    db->first_known = true;
    return SQLITE_OK;
}

static int
read_of_first(struct rb_cipher_file *file, void *out, int len, sqlite3_int64 at)
{
    uint8_t header[100];
    int rc = read_first(file);

    if (rc == SQLITE_OK) {
        memcpy(out, file->db->first_open + at, (size_t)len);
        return SQLITE_OK;
    }
    /* SQLite's first look, for page size and reserve, is taken without a lock: the page may be torn by a writer at work
     * or wait for a hot journal, and a file may be new. It gets what is true of every vault; the look under the lock,
     * which always follows, decides. */
    if (at == 0 && len == (int)sizeof header && file->db->lock == SQLITE_LOCK_NONE && !file->db->is_copy) {
        rb_page_made_up_header(header);
        memcpy(out, header, sizeof header);
        return SQLITE_OK;
    }
    memset(out, 0, (size_t)len);
    if (rc == SQLITE_IOERR_DATA || rc == SQLITE_NOTADB)
        return refuse_page(file, 1, rc);
    return rc;
}

static int
db_read(sqlite3_file *base, void *out, int len, sqlite3_int64 at)
{
    struct rb_cipher_file *file = file_of(base);
    uint32_t number;
    int rc;

    if (len > 0 && at >= 0 && at + len <= RB_CIPHER_PAGE_SIZE)
        return read_of_first(file, out, len, at);
    if (len != RB_CIPHER_PAGE_SIZE || at % RB_CIPHER_PAGE_SIZE != 0)
        return SQLITE_IOERR_READ; /* SQLite reads pages, and parts of page 1: nothing else */
    number = (uint32_t)(at / RB_CIPHER_PAGE_SIZE) + 1;
    rc = file->below->pMethods->xRead(file->below, out, len, at);
    if (rc == SQLITE_IOERR_SHORT_READ) {
        memset(out, 0, (size_t)len);
        return short_page(file, number, at);
    }
    if (rc != SQLITE_OK)
        return rc;
    if (rb_page_open(file->cipher->keys, number, out) != RB_PAGE_OPENED) {
        memset(out, 0, (size_t)len);
        return refuse_page(file, number, SQLITE_IOERR_DATA);
    }
    return SQLITE_OK;
}

static int
write_page(struct rb_cipher_file *file, uint32_t number, const uint8_t *plain)
{
    struct rb_cipher_db *db = file->db;
    sqlite3_int64 at = (sqlite3_int64)(number - 1) * RB_CIPHER_PAGE_SIZE;
    int rc;

    if (number == 1)
        db->first_known = false;
    rb_page_seal(file->cipher->keys, file->cipher->env, number, plain, db->scratch);
    rc = file->below->pMethods->xWrite(file->below, db->scratch, RB_CIPHER_PAGE_SIZE, at);
    if (rc != SQLITE_OK)
        return rc;
    if (db->known_size < at + RB_CIPHER_PAGE_SIZE)
        db->known_size = at + RB_CIPHER_PAGE_SIZE;
    if (number == 1) {
        memcpy(db->first_sealed, db->scratch, RB_CIPHER_PAGE_SIZE);
        memcpy(db->first_open, plain, RB_CIPHER_PAGE_SIZE);
        db->first_known = true;
    }
    return SQLITE_OK;
}

/* SQLite leaves out pages that need no content, and the system would fill the gap with zeros, which open as nothing: they
 * become sealed pages of zeros. */
static int
fill_gap(struct rb_cipher_file *file, sqlite3_int64 up_to)
{
    static const uint8_t zeros[RB_CIPHER_PAGE_SIZE];
    sqlite3_int64 size = 0;
    int rc = file->below->pMethods->xFileSize(file->below, &size);

    for (sqlite3_int64 at = size - size % RB_CIPHER_PAGE_SIZE; rc == SQLITE_OK && at < up_to;
         at += RB_CIPHER_PAGE_SIZE) {
        if (at == 0)
            return SQLITE_IOERR_WRITE; /* page 1 is no gap: it is always written first */
        rc = write_page(file, (uint32_t)(at / RB_CIPHER_PAGE_SIZE) + 1, zeros);
    }
    if (rc == SQLITE_OK && file->db->known_size < up_to)
        file->db->known_size = up_to;
    return rc;
}

static int
db_write(sqlite3_file *base, const void *plain, int len, sqlite3_int64 at)
{
    struct rb_cipher_file *file = file_of(base);
    uint32_t number;
    int rc;

    if (len != RB_CIPHER_PAGE_SIZE || at < 0 || at % RB_CIPHER_PAGE_SIZE != 0)
        return SQLITE_IOERR_WRITE;
    number = (uint32_t)(at / RB_CIPHER_PAGE_SIZE) + 1;
    if (!rb_page_is_sound(number, plain))
        return SQLITE_IOERR_WRITE;
    if (at > file->db->known_size && (rc = fill_gap(file, at)) != SQLITE_OK)
        return rc;
    return write_page(file, number, plain);
}

static int
db_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct rb_cipher_file *file = file_of(base);

    file->db->known_size = 0; /* asked for again when it matters */
    return file->below->pMethods->xTruncate(file->below, size);
}

static int
db_size(sqlite3_file *base, sqlite3_int64 *out)
{
    struct rb_cipher_file *file = file_of(base);
    int rc = file->below->pMethods->xFileSize(file->below, out);

    /* Under a lock nobody else makes the file shorter: SQLite's own look saves us one. */
    if (rc == SQLITE_OK && file->db->lock != SQLITE_LOCK_NONE)
        file->db->known_size = *out;
    return rc;
}

static int
db_lock(sqlite3_file *base, int level)
{
    struct rb_cipher_file *file = file_of(base);
    int rc = file->below->pMethods->xLock(file->below, level);

    if (rc == SQLITE_OK && file->db->lock < level)
        file->db->lock = level;
    return rc;
}

static int
db_unlock(sqlite3_file *base, int level)
{
    struct rb_cipher_file *file = file_of(base);

    file->db->known_size = 0;
    if (file->db->lock > level)
        file->db->lock = level;
    return file->below->pMethods->xUnlock(file->below, level);
}

/* Version 1 has neither shared memory (WAL) nor mmap. */
const sqlite3_io_methods rb_cipher_db_methods = {
    .iVersion = 1,
    .xClose = rb_cipher_close,
    .xRead = db_read,
    .xWrite = db_write,
    .xTruncate = db_truncate,
    .xSync = rb_cipher_sync,
    .xFileSize = db_size,
    .xLock = db_lock,
    .xUnlock = db_unlock,
    .xCheckReservedLock = rb_cipher_lock_state,
    .xFileControl = rb_cipher_control,
    .xSectorSize = rb_cipher_sector_size,
    .xDeviceCharacteristics = rb_cipher_characteristics,
};
