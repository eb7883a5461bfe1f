#include "store/sqlite_store.h"

#include "base/hash.h"
#include "base/labels.h"
#include "stream/chain.h"
#include "stream/record.h"

#include <stdio.h>
#include <string.h>

/* A check on its way: what it found goes out as sentences. */
struct checking {
    struct rbd_store_reader *r;
    void (*found)(void *ctx, const char *sentence);
    void *ctx;
    struct rebound_error *err;
    struct rb_stream_id stream;
    struct rbd_stream_row row;
    /* While records of one author, or of the control chain, are listed. */
    bool is_control;
    struct rb_device_key author;
    struct rb_head head;
    uint64_t records, bytes;
};

static void __attribute__((format(printf, 2, 3))) tell(struct checking *c, const char *format, ...)
{
    char stream[17], what[320], sentence[400];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    rb_hex_put(stream, rb_slice_of(c->stream.bytes, 8));
    (void)snprintf(sentence, sizeof sentence, "stream %s: %s", stream, what);
    c->found(c->ctx, sentence);
}

static rb_result
check_file(struct checking *c)
{
    sqlite3_stmt *s = NULL;
    bool more;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(c->r, RBD_SQL_CHECK_FILE, &s, c->err));
    TRY(rbd_sqlite_step(c->r, s, &more, c->err));
    while (more) {
        const char *line = (const char *)sqlite3_column_text(s, 0);
        if (line == NULL || strcmp(line, "ok") != 0) {
            char sentence[400];
            (void)snprintf(sentence, sizeof sentence, "the file: %.380s",
                           line != NULL ? line : "cannot be read");
            c->found(c->ctx, sentence);
        }
        TRY(rbd_sqlite_step(c->r, s, &more, c->err));
    }
out:
    (void)sqlite3_reset(s);
    return rc;
}

/* The next record of an author or of the control chain: does it follow the one before, and is it
 * what it says? */
static bool
check_record(void *ctx, const struct rbd_record_row *row)
{
    struct checking *c = ctx;
    struct rb_record record;
    struct rb_stream_id stream;
    unsigned long long position = (unsigned long long)row->position;

    c->records++;
    c->bytes += row->bytes.len;
    if (rb_record_parse(row->bytes, &record, NULL) != REBOUND_OK) {
        tell(c, "the record at position %llu is damaged", position);
        c->head = (struct rb_head){.sequence = row->sequence};
        return true;
    }
    rb_record_stream(&record, &stream);
    if (!rb_stream_id_equal(&stream, &c->stream) || record.header.sequence != row->sequence ||
        (record.header.kind == RB_RECORD_CONTROL) != c->is_control ||
        (!c->is_control && !rb_device_key_equal(&record.header.author, &c->author)))
        tell(c, "the record at position %llu belongs elsewhere", position);
    else if (rb_record_verify(&record, NULL) != REBOUND_OK)
        tell(c, "the signature of the record at position %llu does not hold", position);
    else if (rb_chain_place(&c->head, &record) != RB_CHAIN_NEXT)
        tell(c, "the record at position %llu does not follow the one before it", position);
    c->head = (struct rb_head){.sequence = row->sequence, .id = record.id};
    return true;
}

static rb_result
check_authors(struct checking *c)
{
    sqlite3_stmt *s = NULL;
    bool more;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(c->r, RBD_SQL_CHECK_AUTHORS, &s, c->err));
    (void)sqlite3_bind_int64(s, 1, c->row.id);
    TRY(rbd_sqlite_step(c->r, s, &more, c->err));
    while (more) {
        struct rb_head said = {.sequence = (uint64_t)sqlite3_column_int64(s, 2)};
        c->head = (struct rb_head){0};
        c->is_control = false;
        if (!rb_device_key_from(&c->author, rbd_sqlite_column(s, 1)) ||
            !rb_record_id_from(&said.id, rbd_sqlite_column(s, 3))) {
            tell(c, "an author's key or head has the wrong size");
        } else {
            TRY(rbd_store_list_author(c->r, &c->row, &c->author, 0, INT64_MAX, check_record, c,
                                      c->err));
            if (rb_head_compare(&c->head, &said) != RB_HEAD_SAME)
                tell(c, "an author's head is not its last record");
        }
        TRY(rbd_sqlite_step(c->r, s, &more, c->err));
    }
out:
    (void)sqlite3_reset(s);
    return rc;
}

/* Positions run from 1 to the last without a gap. */
static bool
check_position(void *ctx, const struct rbd_record_row *row)
{
    uint64_t *next = ctx;

    if (row->position != *next)
        return false;
    (*next)++;
    return true;
}

/* Is each blob what its name says? */
static rb_result
check_blobs(struct checking *c)
{
    sqlite3_stmt *s = NULL;
    bool more = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(c->r, RBD_SQL_CHECK_BLOBS, &s, c->err));
    (void)sqlite3_bind_int64(s, 1, c->row.id);
    TRY(rbd_sqlite_step(c->r, s, &more, c->err));
    while (more) {
        const struct rb_slice bytes = rbd_sqlite_column(s, 1);
        struct rb_hash name, stored;
        rb_hash(&name, RB_LABEL_BLOB, &bytes, 1);
        if (!rb_hash_from(&stored, rbd_sqlite_column(s, 0)) || !rb_hash_equal(&name, &stored))
            tell(c, "a chunk of an attachment is damaged");
        c->bytes += bytes.len;
        TRY(rbd_sqlite_step(c->r, s, &more, c->err));
    }
out:
    (void)sqlite3_reset(s);
    return rc;
}

static rb_result
check_stream(struct checking *c)
{
    uint64_t next = 1;
    bool found;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_store_stream(c->r, &c->stream, &c->row, &found, c->err));
    if (!found)
        goto out;
    c->records = c->bytes = 0;
    c->head = (struct rb_head){0};
    c->is_control = true;
    TRY(rbd_store_list_control(c->r, &c->row, 0, check_record, c, c->err));
    if (c->head.sequence == 0)
        tell(c, "it has no genesis record");
    else if (rb_head_compare(&c->head, &c->row.control) != RB_HEAD_SAME)
        tell(c, "its control head is not its last control record");
    TRY(check_authors(c));
    TRY(rbd_store_list(c->r, &c->row, 0, check_position, &next, c->err));
    if (next != c->row.last_position + 1 || c->records != c->row.last_position)
        tell(c, "position %llu is missing, or the last is not the last", (unsigned long long)next);
    TRY(check_blobs(c));
    if (c->bytes != c->row.bytes)
        tell(c, "its bytes are not counted right");
out:
    return rc;
}

static rb_result
check_strays(struct checking *c)
{
    static const char *const kinds[] = {"records of no stream", "records of no author",
                                        "accounts without their stream", "members of no stream",
                                        "chunks of attachments of no stream"};
    sqlite3_stmt *s = NULL;
    bool row;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(c->r, RBD_SQL_CHECK_STRAYS, &s, c->err));
    TRY(rbd_sqlite_step(c->r, s, &row, c->err));
    for (int i = 0; row && i < 5; i++) {
        char sentence[100];
        long long n = (long long)sqlite3_column_int64(s, i);
        (void)snprintf(sentence, sizeof sentence, "%lld %s", n, kinds[i]);
        if (n != 0)
            c->found(c->ctx, sentence);
    }
out:
    (void)sqlite3_reset(s);
    return rc;
}

rb_result
rbd_store_check(struct rbd_store_reader *r, void (*found)(void *ctx, const char *sentence),
                void *ctx, struct rebound_error *err)
{
    struct rebound_error damage = {0};
    struct checking c = {.r = r, .found = found, .ctx = ctx, .err = &damage};
    sqlite3_stmt *s = NULL;
    bool more, looking = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_store_look(r, c.err)); /* one state throughout, whatever is written meanwhile */
    looking = true;
    TRY(check_file(&c));
    TRY(rbd_sqlite_prepare(r, RBD_SQL_CHECK_STREAMS, &s, c.err));
    TRY(rbd_sqlite_step(r, s, &more, c.err));
    while (more) {
        if (rb_stream_id_from(&c.stream, rbd_sqlite_column(s, 0)))
            TRY(check_stream(&c));
        else
            found(ctx, "a stream's id has the wrong size");
        TRY(rbd_sqlite_step(r, s, &more, c.err));
    }
    TRY(check_strays(&c));
out:
    (void)sqlite3_reset(s);
    if (looking)
        rbd_store_look_away(r);
    if (rc ==
        REBOUND_DAMAGED) { /* so badly that the rest cannot be read: that, too, is a finding */
        found(ctx, damage.sentence);
        rc = REBOUND_OK;
    }
    return rc == REBOUND_OK ? REBOUND_OK : rb_fail(err, rc, "%s", damage.sentence);
}
