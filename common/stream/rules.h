/* Who may do what in a stream: its state as its control chain makes it. The same code decides on both sides.
 *
 * rb_rules grows by one control record at a time, each applied whole or not at all. It knows devices, recovery keys,
 * members, roles, cuts and epochs, of now and of every earlier control record, so that an old sealed record is judged by
 * the control record that it names. It holds public data alone, no keys. Not thread-safe; free of clock and chance.
 *
 * Invariants: (1) what it holds is a function of the bytes of the control records alone; (2) head() is the last record
 * applied; (3) epoch() is that of the head; (4) every device, recovery key and account key it names was introduced by a
 * verified signature; (5) a failed apply changes nothing.
 */
#ifndef RB_STREAM_RULES_H
#define RB_STREAM_RULES_H

#include "stream/record.h"

struct rb_rules;

enum rb_stream_kind { RB_STREAM_HOME = 1, RB_STREAM_SHARED = 2 };
enum rb_role { RB_ROLE_NONE = 0, RB_ROLE_READER = 1, RB_ROLE_WRITER = 2, RB_ROLE_OWNER = 3 };

struct rb_rules_device {
    struct rb_stream_id account; /* home streams: the stream itself */
    struct rb_device_key key;
    struct rb_box_key box_key;
    struct rb_device_key added_by;
    struct rb_device_key successor_of; /* zeros: of none */
    bool is_recovery;                  /* signs control records and proofs only */
    uint64_t added_at;                 /* number of the control record that added it; shared: that carried it */
    uint64_t revoked_at;               /* 0: valid */
    struct rb_head cut;                /* with revoked_at: the last record that counts */
};

struct rb_rules_member {
    struct rb_stream_id account;
    enum rb_role role;             /* NONE: removed */
    struct rb_box_key account_key; /* latest carried */
};

rb_result rb_rules_new(struct rb_rules **out, struct rebound_error *err);
void rb_rules_free(struct rb_rules *rules); /* NULL is fine */

/* Applies the next control record: checks that it follows the head, that its signer may do each act now, introductions,
 * the epoch's number and that its boxes name exactly the recipients, cuts' shape, that a revocation or removal comes with
 * a new epoch, and the signature. Whether cuts equal heads the server compares (rb_rules_cuts).
 *   TAMPERED   it breaks a rule (the sentence says which)      CRYPTO   a signature does not hold
 *   BUSY       it does not follow the head: look again          TOO_NEW  an act unknown to this program; the caller
 *   BAD_FORMAT it cannot be parsed                                       keeps the stream read-only                  */
rb_result rb_rules_apply(struct rb_rules *rules, const struct rb_record *record, struct rebound_error *err);

/* The same for a record whose signatures were verified when it was first stored. */
rb_result rb_rules_apply_trusted(struct rb_rules *rules, const struct rb_record *record, struct rebound_error *err);

/* May this sealed record count? Its stream; the control record it names is in the chain and its epoch that one's; at that
 * control record its author was a device (shared: of a member), no recovery key, and it is not beyond the author's cut.
 * Readers of a shared stream may append heads only: what is inside the seal is judged by those who open it, so any
 * member passes here. Not the signature, not the author's chain.
 *   TAMPERED   no right                     BUSY  it names a control record that is not in the chain (yet) */
rb_result rb_rules_check_sealed(const struct rb_rules *rules, const struct rb_record *record,
                                struct rebound_error *err);

enum rb_stream_kind rb_rules_kind(const struct rb_rules *rules);
const struct rb_stream_id *rb_rules_stream(const struct rb_rules *rules);
const struct rb_head *rb_rules_head(const struct rb_rules *rules); /* {0, zeros} before genesis */
uint64_t rb_rules_epoch(const struct rb_rules *rules);
const struct rb_hash *rb_rules_nonce(const struct rb_rules *rules); /* of genesis: goes into introductions */
/* Commitment to the key of epoch n, NULL when there was none. */
const struct rb_hash *rb_rules_epoch_commitment(const struct rb_rules *rules, uint64_t n);
/* Number of a control record in the chain, 0 when it is not there. */
uint64_t rb_rules_control_number(const struct rb_rules *rules, const struct rb_record_id *id);
/* Id of control record n, NULL beyond the head. */
const struct rb_record_id *rb_rules_control_id(const struct rb_rules *rules, uint64_t n);

/* Devices and recovery keys, revoked ones too, in the order they were added. Borrowed until the next apply. */
size_t rb_rules_device_count(const struct rb_rules *rules);
const struct rb_rules_device *rb_rules_device_at(const struct rb_rules *rules, size_t i);
const struct rb_rules_device *rb_rules_device(const struct rb_rules *rules, const struct rb_device_key *key);
bool rb_rules_is_current(const struct rb_rules *rules, const struct rb_device_key *key); /* added, not revoked, member */

/* Shared streams: members, removed ones too. Home streams: none. */
size_t rb_rules_member_count(const struct rb_rules *rules);
const struct rb_rules_member *rb_rules_member_at(const struct rb_rules *rules, size_t i);
const struct rb_rules_member *rb_rules_member(const struct rb_rules *rules, const struct rb_stream_id *account);

/* The account's current key (home), NULL before the first. */
const struct rb_box_key *rb_rules_account_key(const struct rb_rules *rules);
/* Who an epoch made now must be sealed to: box keys of all current devices and recovery keys, or members' account keys.
 * Writes at most `max` to `out`; returns how many there are. */
size_t rb_rules_recipients(const struct rb_rules *rules, struct rb_box_key *out, size_t max);

/* Calls `each` for every cut that applying `record` would make, so that a server can compare it with the author's head.
 * Stops and returns false when `each` does, or when the body does not decode; true when all passed. */
bool rb_rules_cuts(const struct rb_record *record,
                   bool (*each)(void *ctx, const struct rb_device_key *author, const struct rb_head *cut), void *ctx);

#endif
