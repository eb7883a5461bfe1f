/* An archive: a stream of bytes of any length, sealed under a passphrase, to be kept anywhere.
 *
 * Construction (proto/README.md, "Archives"): a header of RB_ARCHIVE_HEADER bytes, then messages of
 * libsodium's crypto_secretstream, each of RB_ARCHIVE_PIECE bytes of plaintext but the last, which
 * may be shorter and alone has the tag FINAL. The header, integers big-endian:
 *
 *    0   8  "RBARCH" 00 and the version, 01
 *    8   4  Argon2id memory, KiB        12   4  passes        16  16  salt
 *   32  32  commitment to the key that Argon2id yields
 *   64  24  the secretstream's header
 *   88   8  check: the beginning of a hash of bytes 0..87
 *
 * The check has no key: it tells a damaged header from a wrong passphrase, and before Argon2id's
 * work; whoever alters a header can make it fit, and then the commitment or the first message,
 * whose associated data the header is, does not. The parameters are checked against limits before
 * any work is done with them.
 *
 * What comes out of an opener is authentic, piece by piece, but may be the beginning of a stream
 * that was cut: only rb_archive_open_end tells that it was whole. Memory is bounded by one piece
 * and what Argon2id takes; secrets are in secret memory and wiped. One thread per object.
 */
#ifndef RB_SEAL_ARCHIVE_H
#define RB_SEAL_ARCHIVE_H

#include "base/env.h"
#include "base/sink.h"

#define RB_ARCHIVE_HEADER 96u
#define RB_ARCHIVE_PIECE 65536u                     /* bytes of plaintext in a message */
#define RB_ARCHIVE_MESSAGE (RB_ARCHIVE_PIECE + 17u) /* bytes of it sealed */

/* Argon2id's parameters, and the range of them that is accepted, both ends within it. */
struct rb_archive_kdf {
    uint32_t memory_kib;
    uint32_t passes;
};
struct rb_archive_limits {
    struct rb_archive_kdf min, max;
};
/* Those of the vault's key file: 64 MiB and 3 passes at least, 1 GiB and 10 passes at most. */
extern const struct rb_archive_limits rb_archive_limits;
extern const struct rb_archive_kdf rb_archive_kdf; /* 256 MiB, 3 passes */

/* Does it begin as an archive does, of this version or of a later one? 8 bytes decide. */
bool rb_archive_is_it(struct rb_slice head);

/* --- sealing --- */
struct rb_archive_sealer;
/* One Argon2id; then the header goes to `sink`. kdf NULL: rb_archive_kdf; limits NULL:
 * rb_archive_limits. The passphrase is borrowed for the call. EMPTY for an empty passphrase,
 * BAD_FORMAT for parameters outside the limits, NO_MEMORY (Argon2id could not have its memory), and
 * the sink's. *out owned: rb_archive_sealer_free. */
rb_result rb_archive_sealer_new(const struct rb_env *env, struct rb_slice passphrase,
                                const struct rb_archive_kdf *kdf,
                                const struct rb_archive_limits *limits, const struct rb_sink *sink,
                                struct rb_archive_sealer **out, struct rebound_error *err);
/* More of the content, as much as there is at a time. After an error nothing more can be sealed:
 * MISUSE. */
rb_result rb_archive_seal(struct rb_archive_sealer *s, struct rb_slice content,
                          struct rebound_error *err);
/* The last message: without it nobody takes the archive for whole. */
rb_result rb_archive_seal_end(struct rb_archive_sealer *s, struct rebound_error *err);
void rb_archive_sealer_free(struct rb_archive_sealer *s); /* NULL is fine */

/* --- opening --- */
/* Only looks, and needs no passphrase: is this the beginning of an archive whose header is sound?
 * Nothing in it is authentic yet. BAD_FORMAT, TOO_NEW, and CRYPTO, also when it is shorter than a
 * header. limits NULL: rb_archive_limits. */
rb_result rb_archive_check(struct rb_slice beginning, const struct rb_archive_limits *limits,
                           struct rebound_error *err);
struct rb_archive_opener;
/* The passphrase is copied and wiped once the header was read. limits NULL: rb_archive_limits.
 * EMPTY, NO_MEMORY. *out owned: rb_archive_opener_free. */
rb_result rb_archive_opener_new(struct rb_slice passphrase, const struct rb_archive_limits *limits,
                                const struct rb_sink *sink, struct rb_archive_opener **out,
                                struct rebound_error *err);
/* More of the archive, in parts of any length; what opens goes to `sink`, a message at a time. One
 * Argon2id when the header is there. BAD_FORMAT: it is no archive. TOO_NEW: of a later version.
 * WRONG_SECRET: another passphrase than it was sealed under. CRYPTO: altered, or more stands behind
 * its end. And the sink's. After an error nothing more is opened: CRYPTO. */
rb_result rb_archive_open(struct rb_archive_opener *o, struct rb_slice part,
                          struct rebound_error *err);
/* There is no more. BAD_FORMAT when it was not even the beginning of one, CRYPTO when it was cut.
 */
rb_result rb_archive_open_end(struct rb_archive_opener *o, struct rebound_error *err);
void rb_archive_opener_free(struct rb_archive_opener *o); /* NULL is fine */

#endif
