#include "stream/record.h"

#include "base/hash.h"
#include "base/labels.h"

#include <assert.h>

/* Where each field stands; the table is in proto/README.md, "Records". */
enum {
    AT_VERSION = 0,
    AT_KIND = 1,
    AT_STREAM = 2,
    AT_AUTHOR = 34,
    AT_SEQUENCE = 66,
    AT_PREVIOUS = 74,
    AT_EPOCH = 106,
    AT_CONTROL = 114,
    AT_BODY_HASH = 146,
    AT_SIGNATURE = 178
};

static_assert(AT_BODY_HASH == RB_RECORD_H0_SIZE, "the seal's associated data ends before the body's hash");
static_assert(AT_SIGNATURE == RB_RECORD_SIGNED_SIZE, "the signature covers all that stands before it");
static_assert(AT_SIGNATURE + 64 == RB_RECORD_HEADER_SIZE, "the signature ends the header");

static const char *
signing_label(enum rb_record_kind kind)
{
    return kind == RB_RECORD_SEALED ? RB_LABEL_SIGN_RECORD : RB_LABEL_SIGN_CONTROL;
}

static void
hash_body(struct rb_slice body, struct rb_hash *out)
{
    rb_hash(out, RB_LABEL_CIPHERTEXT, &body, 1);
}

static void
hash_id(const uint8_t *bytes, struct rb_record_id *out)
{
    struct rb_slice part = rb_slice_of(bytes, RB_RECORD_SIGNED_SIZE);
    struct rb_hash hash;

    rb_hash(&hash, RB_LABEL_RECORD_ID, &part, 1);
    memcpy(out->bytes, hash.bytes, sizeof out->bytes);
}

/* What must hold between the fields of one header; NULL when it does, else what is wrong. */
static const char *
find_fault(const struct rb_record_header *h)
{
    bool is_genesis = h->kind == RB_RECORD_CONTROL && h->sequence == 1;

    if (h->kind != RB_RECORD_SEALED && h->kind != RB_RECORD_CONTROL)
        return "its kind is unknown";
    if (h->sequence == 0)
        return "it has no number";
    if (rb_record_id_is_zero(&h->previous) != (h->sequence == 1))
        return "its number and the record it follows disagree";
    if (rb_stream_id_is_zero(&h->stream) != is_genesis)
        return "its stream and its number disagree";
    if (h->kind == RB_RECORD_CONTROL && !rb_record_id_equal(&h->control, &h->previous))
        return "it names two control records";
    if (h->kind == RB_RECORD_SEALED && rb_record_id_is_zero(&h->control))
        return "it names no control record";
    if (h->kind == RB_RECORD_SEALED && h->epoch == 0)
        return "it is sealed under no epoch";
    return NULL;
}

static void
read_header(struct rb_slice bytes, struct rb_record_header *out)
{
    struct rb_cursor c = rb_cursor_of(rb_slice_of(bytes.ptr, RB_RECORD_HEADER_SIZE));

    (void)rb_cursor_get_u8(&c);
    out->kind = (enum rb_record_kind)rb_cursor_get_u8(&c);
    rb_cursor_get_bytes(&c, out->stream.bytes, sizeof out->stream.bytes);
    rb_cursor_get_bytes(&c, out->author.bytes, sizeof out->author.bytes);
    out->sequence = rb_cursor_get_u64(&c);
    rb_cursor_get_bytes(&c, out->previous.bytes, sizeof out->previous.bytes);
    out->epoch = rb_cursor_get_u64(&c);
    rb_cursor_get_bytes(&c, out->control.bytes, sizeof out->control.bytes);
    rb_cursor_get_bytes(&c, out->body_hash.bytes, sizeof out->body_hash.bytes);
    rb_cursor_get_bytes(&c, out->signature.bytes, sizeof out->signature.bytes);
    assert(rb_cursor_is_done(&c));
}

/* Version first, so that a later format is told from rubbish; then lengths; then the fields. */
static rb_result
parse_header(struct rb_slice bytes, struct rb_record *out, struct rebound_error *err)
{
    const char *fault;

    if (bytes.len == 0)
        return rb_fail(err, REBOUND_BAD_FORMAT, "a record is empty");
    if (bytes.ptr[AT_VERSION] > RB_RECORD_VERSION)
        return rb_fail(err, REBOUND_TOO_NEW, "a record is of format %u, which this version does not know",
                       bytes.ptr[AT_VERSION]);
    if (bytes.ptr[AT_VERSION] != RB_RECORD_VERSION)
        return rb_fail(err, REBOUND_BAD_FORMAT, "a record has no format version");
    if (bytes.len < RB_RECORD_HEADER_SIZE)
        return rb_fail(err, REBOUND_BAD_FORMAT, "a record is cut: %zu bytes", bytes.len);
    if (bytes.len > RB_RECORD_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE, "a record of %zu bytes is larger than %u", bytes.len, RB_RECORD_MAX);
    read_header(bytes, &out->header);
    fault = find_fault(&out->header);
    if (fault)
        return rb_fail(err, REBOUND_BAD_FORMAT, "a record is not valid: %s", fault);
    out->bytes = bytes;
    out->body = rb_slice_of(bytes.ptr + RB_RECORD_HEADER_SIZE, bytes.len - RB_RECORD_HEADER_SIZE);
    hash_id(bytes.ptr, &out->id);
    return REBOUND_OK;
}

rb_result
rb_record_parse(struct rb_slice bytes, struct rb_record *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    struct rb_record record = {0};
    struct rb_hash hash;

    TRY(parse_header(bytes, &record, err));
    if (record.body.len == 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "a record has no body"));
    hash_body(record.body, &hash);
    if (!rb_hash_equal(&hash, &record.header.body_hash))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "a record's body is not the one its header names"));
    *out = record;
out:
    return rc;
}

rb_result
rb_record_parse_header(struct rb_slice bytes, struct rb_record *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    struct rb_record record = {0};

    TRY(parse_header(bytes, &record, err));
    if (record.body.len != 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "a record's header is followed by other bytes"));
    record.body = rb_slice_of(NULL, 0);
    *out = record;
out:
    return rc;
}

rb_result
rb_record_verify(const struct rb_record *record, struct rebound_error *err)
{
    struct rb_slice part = rb_slice_of(record->bytes.ptr, RB_RECORD_SIGNED_SIZE);

    if (!rb_signature_is_valid(&record->header.signature, &record->header.author,
                               signing_label(record->header.kind), &part, 1))
        return rb_crypto_failed(err);
    return REBOUND_OK;
}

rb_result
rb_record_begin(const struct rb_record_header *header, struct rb_buf *buf, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    const char *fault = find_fault(header);
    uint8_t h[RB_RECORD_HEADER_SIZE] = {0}; /* hash and signature stay zero until finish */

    if (fault)
        return rb_fail(err, REBOUND_MISUSE, "a record can't be made: %s", fault);
    h[AT_VERSION] = RB_RECORD_VERSION;
    h[AT_KIND] = (uint8_t)header->kind;
    memcpy(h + AT_STREAM, header->stream.bytes, sizeof header->stream.bytes);
    memcpy(h + AT_AUTHOR, header->author.bytes, sizeof header->author.bytes);
    rb_store_u64(h + AT_SEQUENCE, header->sequence);
    memcpy(h + AT_PREVIOUS, header->previous.bytes, sizeof header->previous.bytes);
    rb_store_u64(h + AT_EPOCH, header->epoch);
    memcpy(h + AT_CONTROL, header->control.bytes, sizeof header->control.bytes);
    TRY(rb_buf_append(buf, h, sizeof h, err));
out:
    return rc;
}

rb_result
rb_record_finish(struct rb_buf *buf, size_t at, const struct rb_signing_key *key, struct rb_record_id *id_out,
                 struct rebound_error *err)
{
    struct rb_slice body, part;
    struct rb_signature signature;
    struct rb_hash hash;
    uint8_t *h;

    if (at > buf->len || buf->len - at <= RB_RECORD_HEADER_SIZE)
        return rb_fail(err, REBOUND_MISUSE, "a record can't be made without a body");
    if (buf->len - at > RB_RECORD_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE, "a record of %zu bytes is larger than %u", buf->len - at,
                       RB_RECORD_MAX);
    h = buf->ptr + at;
    body = rb_slice_of(h + RB_RECORD_HEADER_SIZE, buf->len - at - RB_RECORD_HEADER_SIZE);
    hash_body(body, &hash);
    memcpy(h + AT_BODY_HASH, hash.bytes, sizeof hash.bytes);
    part = rb_slice_of(h, RB_RECORD_SIGNED_SIZE);
    rb_sign(&signature, key, signing_label((enum rb_record_kind)h[AT_KIND]), &part, 1);
    memcpy(h + AT_SIGNATURE, signature.bytes, sizeof signature.bytes);
    hash_id(h, id_out);
    return REBOUND_OK;
}

void
rb_stream_id_of_genesis(struct rb_slice body, struct rb_stream_id *out)
{
    struct rb_hash hash;

    rb_hash(&hash, RB_LABEL_STREAM_ID, &body, 1);
    memcpy(out->bytes, hash.bytes, sizeof out->bytes);
}

void
rb_record_stream(const struct rb_record *record, struct rb_stream_id *out)
{
    if (rb_stream_id_is_zero(&record->header.stream))
        rb_stream_id_of_genesis(record->body, out);
    else
        *out = record->header.stream;
}
