/* Attachments: content cut into chunks, each sealed, each named by the hash of its bytes; and the
 * list of their names, sealed too, whose name fixes them all.
 *
 * Construction (proto/README.md, "Attachments"): from the attachment's random key derive one key
 * for the chunks and one for the list. What is sealed is the content's length in eight bytes, the
 * content, and zeros up to a Padmé length, in pieces of RB_ATTACHMENT_PIECE, by
 * crypto_secretstream; the first has stream and entry as associated data, the last has the tag
 * FINAL. The list holds the secretstream's header, how many pieces there are, and their names.
 * Source: libsodium's secretstream.
 *
 * Every failure to open is the one error CRYPTO. Memory is bounded by one piece and the list. One
 * thread per object.
 */
#ifndef RB_SEAL_ATTACHMENT_H
#define RB_SEAL_ATTACHMENT_H

#include "base/env.h"
#include "base/ids.h"

#define RB_ATTACHMENT_PIECE 65536u                          /* bytes of plaintext in a chunk */
#define RB_ATTACHMENT_MAX (100u << 20)                      /* bytes of content */
#define RB_ATTACHMENT_CHUNK_MAX (RB_ATTACHMENT_PIECE + 17u) /* bytes of a sealed chunk */
#define RB_ATTACHMENT_CHUNKS_MAX 1792u                      /* of the largest, padded */

struct rb_attachment_key {
    uint8_t bytes[32];
};
/* What the seals are bound to. */
struct rb_attachment_place {
    struct rb_stream_id stream;
    struct rb_entry_id entry;
};

/* The name of a blob: of a chunk, or of a list. */
void rb_blob_name(struct rb_slice blob, struct rb_hash *out);

/* --- sealing --- */
struct rb_attachment_sealer;
/* Takes each sealed blob, the list last. An error ends the sealing and is returned by it. */
struct rb_blob_sink {
    rb_result (*put)(void *ctx, const struct rb_hash *name, struct rb_slice blob,
                     struct rebound_error *err);
    void *ctx;
};
/* For content of exactly `size` bytes. TOO_LARGE. *out owned: rb_attachment_sealer_free. */
rb_result rb_attachment_sealer_new(const struct rb_attachment_key *key,
                                   const struct rb_attachment_place *place, uint64_t size,
                                   const struct rb_blob_sink *sink,
                                   struct rb_attachment_sealer **out, struct rebound_error *err);
void rb_attachment_sealer_free(struct rb_attachment_sealer *sealer);
/* The next part of the content, of any length. MISUSE beyond `size`. */
rb_result rb_attachment_seal(struct rb_attachment_sealer *sealer, struct rb_slice content,
                             struct rebound_error *err);
/* The end: pads, seals what is left, and the list, whose name is the root. MISUSE before `size`. */
rb_result rb_attachment_seal_end(struct rb_attachment_sealer *sealer, struct rb_hash *root_out,
                                 struct rebound_error *err);

/* --- opening --- */
struct rb_attachment_list {
    uint8_t header[24];
    struct rb_hash *names; /* of the chunks, in order */
    size_t n;
};
/* `blob` is the one whose name is the root; the name is checked. */
rb_result rb_attachment_list_open(const struct rb_attachment_key *key,
                                  const struct rb_attachment_place *place,
                                  const struct rb_hash *root, struct rb_slice blob,
                                  struct rb_attachment_list *out, struct rebound_error *err);
void rb_attachment_list_free(struct rb_attachment_list *list);

struct rb_attachment_opener;
/* The list must outlive it. */
rb_result rb_attachment_opener_new(const struct rb_attachment_key *key,
                                   const struct rb_attachment_place *place,
                                   const struct rb_attachment_list *list,
                                   struct rb_attachment_opener **out, struct rebound_error *err);
void rb_attachment_opener_free(struct rb_attachment_opener *opener);
/* The next chunk, in order; checks its name and its seal. *content_out is borrowed until the next
 * call. Content must count only once rb_attachment_open_end returned OK. */
rb_result rb_attachment_open(struct rb_attachment_opener *opener, struct rb_slice blob,
                             struct rb_slice *content_out, struct rebound_error *err);
/* Were all chunks there, the last of them marked so, and is it as long as it says? *size_out (may
 * be NULL). */
rb_result rb_attachment_open_end(const struct rb_attachment_opener *opener, uint64_t *size_out,
                                 struct rebound_error *err);

#endif
