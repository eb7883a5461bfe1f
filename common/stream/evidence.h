/* Evidence of a fork: proof that one device signed two different records under one number, which an
 * honest device never does and nobody else can make it seem to have done. Anyone can check it with
 * nothing else at hand: it carries the control chain that proves the device's key. proto/README.md,
 * "Evidence".
 *
 * As text: the Evidence message of record.proto in base64 (RFC 4648 section 4, lines of 64
 * characters) between two marker lines; what stands before the first and after the second is not
 * looked at. Pure and thread-safe.
 */
#ifndef RB_STREAM_EVIDENCE_H
#define RB_STREAM_EVIDENCE_H

#include "stream/rules.h"

#define RB_EVIDENCE_BEGIN "-----BEGIN REBOUND EVIDENCE-----"
#define RB_EVIDENCE_END "-----END REBOUND EVIDENCE-----"
#define RB_EVIDENCE_MAX (8u << 20) /* bytes, before base64 */
#define RB_EVIDENCE_SENTENCE 512

/* What a sound one proves. */
struct rb_evidence {
    enum rb_stream_kind kind;
    struct rb_stream_id stream;
    struct rb_stream_id account; /* of the device */
    struct rb_device_key author;
    uint64_t sequence; /* the number that was used twice */
    struct rb_record_id first, second;
    uint64_t first_control, second_control; /* number of the control record that each names */
    bool is_revoked; /* by the control chain, which may be older than the truth */
};

/* Whole control chain in order, raw; two records, raw, whole or headers alone. Appends the text;
 * the same records give the same text whatever their order. TAMPERED when they prove nothing,
 * TOO_LARGE. */
rb_result rb_evidence_put(const struct rb_slice *control, size_t n_control, struct rb_slice first,
                          struct rb_slice second, struct rb_buf *text_out,
                          struct rebound_error *err);

/* Replays the chain by the rules, then asks of both records: sealed ones of this stream, of one
 * author and number, with different ids, signed by that author, who was a device with the right to
 * write at the control record that each names. BAD_FORMAT  no evidence, or cut           TAMPERED
 * it proves nothing; the sentence says why TOO_LARGE                                 TOO_NEW   its
 * control chain is a later version's Cost: two signatures for each control record that adds a key,
 * one for every other. */
rb_result rb_evidence_get(struct rb_slice text, struct rb_evidence *out, struct rebound_error *err);

/* What it proves, for a person. */
void rb_evidence_sentence(const struct rb_evidence *evidence, char out[RB_EVIDENCE_SENTENCE]);

#endif
