#include "seal/archive.h"

#include "base/hash.h"
#include "base/labels.h"
#include "base/secret.h"

#include <sodium.h>
#include <string.h>

enum {
    MAGIC_LEN = 8, /* with the version, its last byte */
    MEMORY_AT = 8,
    PASSES_AT = 12,
    SALT_AT = 16,
    COMMITMENT_AT = 32,
    STREAM_AT = 64,
    CHECK_AT = 88,
    VERSION = 1
};
#define A_BYTES crypto_secretstream_xchacha20poly1305_ABYTES
#define TAG_MESSAGE crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
#define TAG_FINAL crypto_secretstream_xchacha20poly1305_TAG_FINAL

_Static_assert(COMMITMENT_AT - SALT_AT == crypto_pwhash_argon2id_SALTBYTES, "as the header says");
_Static_assert(CHECK_AT - STREAM_AT == crypto_secretstream_xchacha20poly1305_HEADERBYTES,
               "as the header says");
_Static_assert(RB_ARCHIVE_MESSAGE == RB_ARCHIVE_PIECE + A_BYTES, "another secretstream");

static const uint8_t magic[MAGIC_LEN - 1] = {'R', 'B', 'A', 'R', 'C', 'H', 0};

const struct rb_archive_limits rb_archive_limits = {
    .min = {.memory_kib = 64 * 1024, .passes = 3},
    .max = {.memory_kib = 1024 * 1024, .passes = 10}};
const struct rb_archive_kdf rb_archive_kdf = {.memory_kib = 256 * 1024, .passes = 3};

bool
rb_archive_is_it(struct rb_slice head)
{
    return head.len >= MAGIC_LEN && rb_equal_constant_time(head.ptr, magic, sizeof magic) &&
           head.ptr[sizeof magic] != 0;
}

static bool
is_within(const struct rb_archive_kdf *kdf, const struct rb_archive_limits *limits)
{
    return kdf->memory_kib >= limits->min.memory_kib && kdf->memory_kib <= limits->max.memory_kib &&
           kdf->passes >= limits->min.passes && kdf->passes <= limits->max.passes;
}

static void
make_check(const uint8_t header[RB_ARCHIVE_HEADER], uint8_t out[RB_ARCHIVE_HEADER - CHECK_AT])
{
    struct rb_slice checked = rb_slice_of(header, CHECK_AT);
    struct rb_hash hash;

    rb_hash(&hash, RB_LABEL_ARCHIVE_CHECK, &checked, 1);
    memcpy(out, hash.bytes, RB_ARCHIVE_HEADER - CHECK_AT);
}

struct stretched {    /* in secret memory */
    uint8_t root[32]; /* what Argon2id yields */
    uint8_t seal[32];
    uint8_t commitment[32];
};

/* One Argon2id, with the parameters and the salt of `header`, already found within the limits. The
 * commitment covers all that stands before it. */
static rb_result
stretch(const uint8_t header[RB_ARCHIVE_HEADER], struct rb_slice passphrase, struct stretched **out,
        struct rebound_error *err)
{
    struct stretched *keys = rb_secret_new(sizeof *keys);
    struct rb_slice covered = rb_slice_of(header, COMMITMENT_AT);
    uint32_t memory_kib = rb_load_u32(header + MEMORY_AT);
    enum rebound_code rc = REBOUND_OK;

    if (keys == NULL)
        return rb_no_memory(err);
    if (crypto_pwhash_argon2id(keys->root, sizeof keys->root, (const char *)passphrase.ptr,
                               passphrase.len, header + SALT_AT, rb_load_u32(header + PASSES_AT),
                               (size_t)memory_kib * 1024,
                               crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
        TRY(rb_fail(err, REBOUND_NO_MEMORY,
                    "The passphrase needs %u MiB of free memory for a moment, and there is not as "
                    "much. Close other programs and try again.",
                    memory_kib / 1024));
    rb_derive(keys->seal, keys->root, RB_LABEL_ARCHIVE_SEAL, NULL, 0);
    rb_derive(keys->commitment, keys->root, RB_LABEL_ARCHIVE_COMMIT, &covered, 1);
    *out = keys;
    keys = NULL; /* now owned by the caller */
out:
    rb_secret_free(keys);
    return rc;
}

/* --- sealing --- */

struct rb_archive_sealer {
    crypto_secretstream_xchacha20poly1305_state state; /* secret */
    uint8_t piece[RB_ARCHIVE_PIECE];                   /* plaintext, until it is full */
    uint8_t message[RB_ARCHIVE_MESSAGE];
    uint8_t header[RB_ARCHIVE_HEADER];
    size_t in_piece;
    bool begun; /* the first message is sealed */
    bool over;  /* the last is, or something failed */
    struct rb_sink sink;
};

/* libsodium would draw the stream's header itself; from a given one its init_pull makes the very
 * same state, and chance comes from env alone. */
static rb_result
begin(struct rb_archive_sealer *s, const struct rb_env *env, struct rb_slice passphrase,
      const struct rb_archive_kdf *kdf, struct rebound_error *err)
{
    struct stretched *keys = NULL;
    uint8_t *header = s->header;
    enum rebound_code rc = REBOUND_OK;

    memcpy(header, magic, sizeof magic);
    header[sizeof magic] = VERSION;
    rb_store_u32(header + MEMORY_AT, kdf->memory_kib);
    rb_store_u32(header + PASSES_AT, kdf->passes);
    rb_env_random(env, header + SALT_AT, COMMITMENT_AT - SALT_AT);
    TRY(stretch(header, passphrase, &keys, err));
    memcpy(header + COMMITMENT_AT, keys->commitment, sizeof keys->commitment);
    rb_env_random(env, header + STREAM_AT, CHECK_AT - STREAM_AT);
    make_check(header, header + CHECK_AT);
    (void)crypto_secretstream_xchacha20poly1305_init_pull(&s->state, header + STREAM_AT,
                                                          keys->seal);
    TRY(s->sink.put(s->sink.ctx, rb_slice_of(header, sizeof s->header), err));
out:
    rb_secret_free(keys);
    return rc;
}

rb_result
rb_archive_sealer_new(const struct rb_env *env, struct rb_slice passphrase,
                      const struct rb_archive_kdf *kdf, const struct rb_archive_limits *limits,
                      const struct rb_sink *sink, struct rb_archive_sealer **out,
                      struct rebound_error *err)
{
    struct rb_archive_sealer *s = NULL;
    enum rebound_code rc = REBOUND_OK;

    kdf = kdf != NULL ? kdf : &rb_archive_kdf;
    limits = limits != NULL ? limits : &rb_archive_limits;
    if (!is_within(kdf, limits))
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "A passphrase is stretched with 64 MiB to 1 GiB of memory and 3 to 10 "
                       "passes, not with %u KiB and %u passes.",
                       kdf->memory_kib, kdf->passes);
    if (passphrase.len == 0)
        return rb_fail(err, REBOUND_EMPTY, "The passphrase is empty.");
    s = rb_secret_new(sizeof *s);
    if (s == NULL)
        return rb_no_memory(err);
    s->sink = *sink;
    TRY(begin(s, env, passphrase, kdf, err));
    *out = s;
    s = NULL; /* now owned by the caller */
out:
    rb_archive_sealer_free(s);
    return rc;
}

void
rb_archive_sealer_free(struct rb_archive_sealer *s)
{
    rb_secret_free(s);
}

static rb_result
seal_piece(struct rb_archive_sealer *s, bool last, struct rebound_error *err)
{
    struct rb_slice message = rb_slice_of(s->message, s->in_piece + A_BYTES);

    (void)crypto_secretstream_xchacha20poly1305_push(
        &s->state, s->message, NULL, s->piece, s->in_piece, s->begun ? NULL : s->header,
        s->begun ? 0 : sizeof s->header, last ? TAG_FINAL : TAG_MESSAGE);
    s->begun = true;
    s->in_piece = 0;
    return s->sink.put(s->sink.ctx, message, err);
}

static rb_result
is_over(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_MISUSE, "Nothing more goes into this archive.");
}

/* A full piece waits until there is more: the last one, full or not, is to be FINAL. */
rb_result
rb_archive_seal(struct rb_archive_sealer *s, struct rb_slice content, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (s->over)
        return is_over(err);
    while (content.len > 0) {
        size_t n;
        if (s->in_piece == RB_ARCHIVE_PIECE)
            TRY(seal_piece(s, false, err));
        n = RB_ARCHIVE_PIECE - s->in_piece;
        n = content.len < n ? content.len : n;
        memcpy(s->piece + s->in_piece, content.ptr, n);
        s->in_piece += n;
        content = rb_slice_of(content.ptr + n, content.len - n);
    }
out:
    s->over = rc != REBOUND_OK;
    return rc;
}

rb_result
rb_archive_seal_end(struct rb_archive_sealer *s, struct rebound_error *err)
{
    if (s->over)
        return is_over(err);
    s->over = true;
    return seal_piece(s, true, err);
}

/* --- opening --- */

struct rb_archive_opener {
    crypto_secretstream_xchacha20poly1305_state state; /* secret */
    uint8_t piece[RB_ARCHIVE_PIECE];                   /* plaintext */
    uint8_t message[RB_ARCHIVE_MESSAGE];               /* what has come of it */
    uint8_t header[RB_ARCHIVE_HEADER];
    size_t in_header, in_message;
    uint8_t *passphrase; /* in secret memory; NULL once the header was read */
    size_t passphrase_len;
    bool begun;  /* the first message was opened */
    bool final;  /* the last was */
    bool failed; /* nothing more is taken */
    struct rb_archive_limits limits;
    struct rb_sink sink;
};

static rb_result
damaged(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_CRYPTO,
                   "The archive is damaged: it was altered, or parts of it are missing.");
}

static rb_result
no_archive(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_BAD_FORMAT, "This is not an archive of Rebound.");
}

rb_result
rb_archive_check(struct rb_slice beginning, const struct rb_archive_limits *limits,
                 struct rebound_error *err)
{
    struct rb_archive_kdf kdf;
    uint8_t check[RB_ARCHIVE_HEADER - CHECK_AT];

    /* Version before length: what a later version holds is not ours to know. */
    if (!rb_archive_is_it(beginning))
        return no_archive(err);
    if (beginning.ptr[sizeof magic] > VERSION)
        return rb_fail(err, REBOUND_TOO_NEW,
                       "The archive was written by a newer version of Rebound. Install that "
                       "version to open it.");
    if (beginning.len < RB_ARCHIVE_HEADER)
        return damaged(err);
    make_check(beginning.ptr, check);
    if (!rb_equal_constant_time(check, beginning.ptr + CHECK_AT, sizeof check))
        return damaged(err);
    kdf.memory_kib = rb_load_u32(beginning.ptr + MEMORY_AT);
    kdf.passes = rb_load_u32(beginning.ptr + PASSES_AT);
    return is_within(&kdf, limits != NULL ? limits : &rb_archive_limits) ? REBOUND_OK
                                                                         : damaged(err);
}

rb_result
rb_archive_opener_new(struct rb_slice passphrase, const struct rb_archive_limits *limits,
                      const struct rb_sink *sink, struct rb_archive_opener **out,
                      struct rebound_error *err)
{
    struct rb_archive_opener *o = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (passphrase.len == 0)
        return rb_fail(err, REBOUND_EMPTY, "The passphrase is empty.");
    o = rb_secret_new(sizeof *o);
    if (o == NULL)
        return rb_no_memory(err);
    o->passphrase = rb_secret_new(passphrase.len);
    if (o->passphrase == NULL)
        TRY(rb_no_memory(err));
    memcpy(o->passphrase, passphrase.ptr, passphrase.len);
    o->passphrase_len = passphrase.len;
    o->limits = limits != NULL ? *limits : rb_archive_limits;
    o->sink = *sink;
    *out = o;
    o = NULL; /* now owned by the caller */
out:
    rb_archive_opener_free(o);
    return rc;
}

void
rb_archive_opener_free(struct rb_archive_opener *o)
{
    if (o == NULL)
        return;
    rb_secret_free(o->passphrase);
    rb_secret_free(o);
}

static rb_result
open_header(struct rb_archive_opener *o, struct rebound_error *err)
{
    struct stretched *keys = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_archive_check(rb_slice_of(o->header, o->in_header), &o->limits, err));
    TRY(stretch(o->header, rb_slice_of(o->passphrase, o->passphrase_len), &keys, err));
    rb_secret_free(o->passphrase);
    o->passphrase = NULL;
    if (!rb_equal_constant_time(keys->commitment, o->header + COMMITMENT_AT,
                                sizeof keys->commitment))
        TRY(rb_fail(err, REBOUND_WRONG_SECRET,
                    "The passphrase is wrong: the archive was sealed under another one."));
    if (crypto_secretstream_xchacha20poly1305_init_pull(&o->state, o->header + STREAM_AT,
                                                        keys->seal) != 0)
        TRY(damaged(err));
out:
    rb_secret_free(keys);
    return rc;
}

/* One message, whole as far as it has come. Only a full one may have others behind it, and only an
 * archive of nothing ends with an empty one: so there is one way to seal a content. */
static rb_result
open_message(struct rb_archive_opener *o, struct rebound_error *err)
{
    unsigned long long len = 0;
    uint8_t tag = TAG_MESSAGE;

    if (o->in_message < A_BYTES ||
        crypto_secretstream_xchacha20poly1305_pull(&o->state, o->piece, &len, &tag, o->message,
                                                   o->in_message, o->begun ? NULL : o->header,
                                                   o->begun ? 0 : sizeof o->header) != 0)
        return damaged(err);
    if (tag != TAG_FINAL && (tag != TAG_MESSAGE || len != RB_ARCHIVE_PIECE))
        return damaged(err);
    if (len == 0 && o->begun)
        return damaged(err);
    o->begun = true;
    o->final = tag == TAG_FINAL;
    o->in_message = 0;
    return len > 0 ? o->sink.put(o->sink.ctx, rb_slice_of(o->piece, (size_t)len), err) : REBOUND_OK;
}

/* Takes of `part` what is lacking of so many bytes. */
static void
take(uint8_t *to, size_t *have, size_t want, struct rb_slice *part)
{
    size_t n = part->len < want - *have ? part->len : want - *have;

    if (n > 0)
        memcpy(to + *have, part->ptr, n);
    *have += n;
    *part = rb_slice_of(part->ptr + n, part->len - n);
}

rb_result
rb_archive_open(struct rb_archive_opener *o, struct rb_slice part, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (o->failed)
        return damaged(err);
    if (part.len == 0)
        return REBOUND_OK;
    if (o->in_header < RB_ARCHIVE_HEADER) {
        take(o->header, &o->in_header, RB_ARCHIVE_HEADER, &part);
        if (o->in_header < RB_ARCHIVE_HEADER)
            return REBOUND_OK;
        TRY(open_header(o, err));
    }
    while (part.len > 0) {
        if (o->final)
            TRY(damaged(err));
        take(o->message, &o->in_message, RB_ARCHIVE_MESSAGE, &part);
        if (o->in_message == RB_ARCHIVE_MESSAGE)
            TRY(open_message(o, err));
    }
out:
    o->failed = rc != REBOUND_OK;
    return rc;
}

rb_result
rb_archive_open_end(struct rb_archive_opener *o, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (o->failed)
        return damaged(err);
    if (o->in_header < RB_ARCHIVE_HEADER)
        TRY(rb_archive_check(rb_slice_of(o->header, o->in_header), &o->limits, err));
    if (!o->final)
        TRY(open_message(o, err));
    if (!o->final)
        TRY(damaged(err));
out:
    o->failed = rc != REBOUND_OK;
    return rc;
}
