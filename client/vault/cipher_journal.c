/* The rollback journal: headers, records, and nothing else.
 *
 * SQLite takes a journal that breaks off or does not add up for one that a power cut tore before it was needed, and leaves
 * the database as it is. After an fsync that is never so: a byte that changed then would leave half a transaction standing
 * without a word. So whatever was synced and does not verify is an error here, and only what never was is left to SQLite:
 * it writes a header's magic after the records it counts are synced.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "vault/cipher_file.h"

enum {
    IMAGE_LEN = RB_CIPHER_PAGE_SIZE,
    SECTOR_MIN = 512,
    HEADER_UPDATE_LEN = 12, /* magic and number of records, once these are synced */
    CODED_LEN = RB_JOURNAL_HEADER_LEN + RB_JOURNAL_CODE_LEN
};

static const uint8_t magic[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};

static struct rb_cipher_file *
file_of(sqlite3_file *base)
{
    return (struct rb_cipher_file *)(void *)base;
}

static int
refuse(const struct rb_cipher_file *file, sqlite3_int64 at)
{
    rb_env_log(file->cipher->env, RB_LOG_ERROR,
               "vault: the journal of an interrupted change was altered at byte %lld: it cannot be undone", (long long)at);
    return SQLITE_IOERR_DATA;
}

static int
read_below(struct rb_cipher_file *file, void *out, int len, sqlite3_int64 at)
{
    return file->below->pMethods->xRead(file->below, out, len, at);
}

static int
write_below(struct rb_cipher_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    return file->below->pMethods->xWrite(file->below, bytes, len, at);
}

/* --- reading --- */

static bool
code_fits(const struct rb_cipher_file *file, sqlite3_int64 at, const uint8_t header[CODED_LEN])
{
    uint8_t code[RB_JOURNAL_CODE_LEN];

    rb_journal_code(file->cipher->keys, (uint64_t)at, header, code);
    return rb_equal_constant_time(code, header + RB_JOURNAL_HEADER_LEN, sizeof code);
}

/* A header that was complete once and whose magic, or first byte of it, changed: SQLite would pass over it. */
static bool
lost_its_magic(const struct rb_cipher_file *file, sqlite3_int64 at, uint8_t header[CODED_LEN])
{
    memcpy(header, magic, sizeof magic);
    return code_fits(file, at, header);
}

/* One byte at the start tells SQLite whether a journal is hot. It is passed on unless it lies: zero where a complete header
 * stands, or a magic's first byte in a file that has no room for a header any more. */
static int
read_first_byte(struct rb_cipher_file *file, uint8_t *out)
{
    uint8_t header[CODED_LEN];
    sqlite3_int64 size = 0;
    int rc = read_below(file, out, 1, 0);

    if (rc == SQLITE_OK)
        rc = file->below->pMethods->xFileSize(file->below, &size);
    if (rc != SQLITE_OK)
        return rc;
    if (size < SECTOR_MIN)
        return *out == magic[0] ? refuse(file, size) : SQLITE_OK;
    if (*out != 0)
        return SQLITE_OK;
    rc = read_below(file, header, CODED_LEN, 0);
    if (rc == SQLITE_OK && lost_its_magic(file, 0, header))
        return refuse(file, 0);
    return rc;
}

/* Eight bytes are a header's magic, or, in the last eight of the file, that of a super-journal's name, which no journal of
 * ours has: there it reads as zeros. */
static int
read_magic(struct rb_cipher_file *file, uint8_t *out, sqlite3_int64 at)
{
    uint8_t header[CODED_LEN];
    int rc = read_below(file, header, CODED_LEN, at);

    if (rc == SQLITE_IOERR_SHORT_READ) {
        rc = read_below(file, out, sizeof magic, at);
        memset(out, 0, sizeof magic);
        return rc;
    }
    if (rc != SQLITE_OK)
        return rc;
    memcpy(out, header, sizeof magic);
    if (memcmp(out, magic, sizeof magic) == 0)
        return code_fits(file, at, header) ? SQLITE_OK : refuse(file, at);
    return lost_its_magic(file, at, header) ? refuse(file, at) : SQLITE_OK;
}

/* Four bytes are a field of a header, a record's page number, or the checksum of the record read last. */
static int
read_four(struct rb_cipher_file *file, uint8_t *out, sqlite3_int64 at)
{
    struct rb_cipher_journal *journal = file->journal;
    int rc;

    if (journal->step == RB_RECORD_IMAGE && at == journal->record_at + 4 + IMAGE_LEN) {
        memcpy(out, journal->record + 4 + IMAGE_LEN, 4);
        journal->step = RB_RECORD_NONE;
        return SQLITE_OK;
    }
    rc = read_below(file, out, 4, at);
    if (rc == SQLITE_IOERR_SHORT_READ)
        return refuse(file, at); /* a header that verified counts more records than there are */
    if (rc != SQLITE_OK)
        return rc;
    memcpy(journal->record, out, 4);
    journal->record_at = at;
    journal->step = RB_RECORD_NUMBER;
    return SQLITE_OK;
}

static int
read_image(struct rb_cipher_file *file, uint8_t *out, sqlite3_int64 at)
{
    struct rb_cipher_journal *journal = file->journal;
    int rc;

    if (journal->step != RB_RECORD_NUMBER || at != journal->record_at + 4)
        return SQLITE_IOERR_READ;
    journal->step = RB_RECORD_NONE;
    rc = read_below(file, journal->record + 4, IMAGE_LEN + 4, at);
    if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
        return rc;
    if (rc == SQLITE_IOERR_SHORT_READ ||
        !rb_image_open(file->cipher->keys, rb_load_u32(journal->record), journal->record + 4))
        return refuse(file, at);
    memcpy(out, journal->record + 4, IMAGE_LEN);
    rb_wipe(journal->record + 4, IMAGE_LEN);
    journal->step = RB_RECORD_IMAGE;
    return SQLITE_OK;
}

static int
journal_read(sqlite3_file *base, void *out, int len, sqlite3_int64 at)
{
    struct rb_cipher_file *file = file_of(base);

    switch (len) {
    case 1:
        return at == 0 ? read_first_byte(file, out) : SQLITE_IOERR_READ;
    case 4:
        return read_four(file, out, at);
    case 8:
        return read_magic(file, out, at);
    case IMAGE_LEN:
        return read_image(file, out, at);
    default:
        return SQLITE_IOERR_READ;
    }
}

/* --- writing --- */

static int
write_header(struct rb_cipher_file *file, const uint8_t *bytes, int len, sqlite3_int64 at)
{
    struct rb_cipher_journal *journal = file->journal;
    uint8_t *header = journal->header;
    uint8_t *sector = journal->record; /* no record is being put together now */

    memcpy(header, bytes, RB_JOURNAL_HEADER_LEN);
    rb_journal_code(file->cipher->keys, (uint64_t)at, header, header + RB_JOURNAL_HEADER_LEN);
    journal->header_at = at;
    memset(sector, 0, (size_t)len);
    memcpy(sector, header, CODED_LEN);
    return write_below(file, sector, len, at);
}

/* The records are synced: the header gets its magic and their number, and so a new code, in one write in one sector. */
static int
update_header(struct rb_cipher_file *file, const uint8_t *bytes)
{
    struct rb_cipher_journal *journal = file->journal;

    memcpy(journal->header, bytes, HEADER_UPDATE_LEN);
    rb_journal_code(file->cipher->keys, (uint64_t)journal->header_at, journal->header,
                    journal->header + RB_JOURNAL_HEADER_LEN);
    return write_below(file, journal->header, CODED_LEN, journal->header_at);
}

/* Steps of a record. The image waits for its checksum, then all goes to disk in one write. */
static int
write_number(struct rb_cipher_journal *journal, const uint8_t *bytes, sqlite3_int64 at)
{
    memcpy(journal->record, bytes, 4);
    journal->record_at = at;
    journal->step = RB_RECORD_NUMBER;
    return SQLITE_OK;
}

static int
write_image(struct rb_cipher_journal *journal, const uint8_t *bytes)
{
    if (!rb_page_reserve_is_empty(bytes))
        return SQLITE_IOERR_WRITE;
    memcpy(journal->record + 4, bytes, IMAGE_LEN);
    journal->step = RB_RECORD_IMAGE;
    return SQLITE_OK;
}

static int
write_checksum(struct rb_cipher_file *file, const uint8_t *bytes)
{
    struct rb_cipher_journal *journal = file->journal;

    journal->step = RB_RECORD_NONE;
    memcpy(journal->record + 4 + IMAGE_LEN, bytes, 4);
    rb_image_seal(file->cipher->keys, file->cipher->env, rb_load_u32(journal->record), journal->record + 4);
    return write_below(file, journal->record, sizeof journal->record, journal->record_at);
}

static int
journal_write(sqlite3_file *base, const void *bytes, int len, sqlite3_int64 at)
{
    static const uint8_t zeros[8];
    struct rb_cipher_file *file = file_of(base);
    struct rb_cipher_journal *journal = file->journal;
    const uint8_t *in = bytes;
    int step = journal->step;

    if (step == RB_RECORD_NUMBER && len == IMAGE_LEN && at == journal->record_at + 4)
        return write_image(journal, in);
    if (step == RB_RECORD_IMAGE && len == 4 && at == journal->record_at + 4 + IMAGE_LEN)
        return write_checksum(file, in);
    journal->step = RB_RECORD_NONE;
    if (len == 4)
        return write_number(journal, in, at);
    if (len >= SECTOR_MIN && len <= IMAGE_LEN && at % SECTOR_MIN == 0 &&
        (memcmp(in, magic, sizeof magic) == 0 || memcmp(in, zeros, sizeof zeros) == 0))
        return write_header(file, in, len, at);
    if (len == HEADER_UPDATE_LEN && at == journal->header_at && memcmp(in, magic, sizeof magic) == 0)
        return update_header(file, in);
    if (len == 1 && *in == 0)
        return write_below(file, in, 1, at); /* takes a stale header its magic */
    return SQLITE_IOERR_WRITE; /* a super-journal's name, or nothing we know: never in plain */
}

static int
journal_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct rb_cipher_file *file = file_of(base);

    file->journal->step = RB_RECORD_NONE;
    file->journal->header_at = -1;
    return file->below->pMethods->xTruncate(file->below, size);
}

static int
journal_size(sqlite3_file *base, sqlite3_int64 *out)
{
    struct rb_cipher_file *file = file_of(base);

    return file->below->pMethods->xFileSize(file->below, out);
}

/* SQLite never locks a journal. */
static int
journal_lock(sqlite3_file *base, int level)
{
    (void)base;
    (void)level;
    return SQLITE_OK;
}

const sqlite3_io_methods rb_cipher_journal_methods = {
    .iVersion = 1,
    .xClose = rb_cipher_close,
    .xRead = journal_read,
    .xWrite = journal_write,
    .xTruncate = journal_truncate,
    .xSync = rb_cipher_sync,
    .xFileSize = journal_size,
    .xLock = journal_lock,
    .xUnlock = journal_lock,
    .xCheckReservedLock = rb_cipher_lock_state,
    .xFileControl = rb_cipher_control,
    .xSectorSize = rb_cipher_sector_size,
    .xDeviceCharacteristics = rb_cipher_characteristics,
};
