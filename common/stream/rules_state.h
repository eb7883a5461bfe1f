/* Inside of rules: the state that a control chain makes, and one step of it. Only the rules_*.c files include this.
 *
 * A step works on a copy of the state and replaces it when all went well, so that a refused record leaves no trace. What
 * grows with the length of the chain (ids, epochs) stays outside of what is copied: a chain of thousands of records is
 * small, and a step costs as much as there are devices and members.
 */
#ifndef RB_STREAM_RULES_STATE_H
#define RB_STREAM_RULES_STATE_H

#include "stream/control.h"
#include "stream/rules.h"

/* A growing array of one type. Zero-initialised but for `size`. */
struct rb_rules_vec {
    void *items;
    size_t n;
    size_t cap;
    size_t size; /* of one item, bytes */
};

rb_result rb_rules_vec_reserve(struct rb_rules_vec *vec, struct rebound_error *err); /* room for one more */
rb_result rb_rules_vec_add(struct rb_rules_vec *vec, const void *item, struct rebound_error *err);
rb_result rb_rules_vec_copy(const struct rb_rules_vec *vec, struct rb_rules_vec *out, struct rebound_error *err);
void rb_rules_vec_free(struct rb_rules_vec *vec);

struct rb_rules_control {
    struct rb_record_id id;
    uint64_t epoch;
};

/* A time in which a device's sealed records count: those that name a control record from `from` to below `to`. A device
 * has one at a time; in a shared stream several, when its account was removed and added again. */
struct rb_rules_span {
    size_t device;
    uint64_t from;
    uint64_t to;        /* 0: open */
    struct rb_head cut; /* with `to`: the last record that counts */
};

/* The home stream of an account that a shared stream carries. Several states may hold the same rules: they are counted,
 * and copied before they grow. */
struct rb_rules_home {
    struct rb_stream_id account;
    struct rb_rules *rules;
};

struct rb_rules_state {
    enum rb_stream_kind kind;
    struct rb_stream_id stream;
    struct rb_hash nonce;
    struct rb_head head;
    uint64_t epoch;
    bool has_account_key;
    struct rb_box_key account_key;
    struct rb_rules_vec devices; /* struct rb_rules_device */
    struct rb_rules_vec spans;   /* struct rb_rules_span */
    struct rb_rules_vec members; /* struct rb_rules_member; shared */
    struct rb_rules_vec homes;   /* struct rb_rules_home; shared */
};

struct rb_rules {
    struct rb_rules_state state;
    struct rb_rules_vec controls;    /* struct rb_rules_control: [n - 1] is that of control record n */
    struct rb_rules_vec commitments; /* struct rb_hash: [n - 1] is that of epoch n */
    size_t refs;                     /* states that hold this, or 1 for the caller */
};

/* Who signed the record, as the stream stood before its acts (but after what it carries: a new device of a member may
 * bring its own account's records along). */
struct rb_rules_signer {
    struct rb_device_key key;
    struct rb_stream_id account;
    size_t place; /* in devices; an older key has a lower one */
    bool is_recovery;
    enum rb_role role; /* shared */
};

/* One control record on its way into the state. */
struct rb_rules_step {
    struct rb_rules_state *state; /* the copy that changes */
    const struct rb_record *record;
    const Rb__ControlBody *body;
    uint64_t number; /* of the record */
    bool trusted;    /* signatures were verified before */
    struct rb_rules_signer signer;
    bool needs_epoch; /* an act shuts somebody out */
    bool carries_own; /* brings new records of the signer's account */
    bool leaves;      /* removes the signer's own account */
    bool has_account_key;
    bool has_new_epoch;
    struct rb_hash commitment; /* with has_new_epoch */
};

/* Every rule that is broken leaves through here: TAMPERED, and the sentence says which rule. */
#define rb_rules_broken(err, ...) rb_fail(err, REBOUND_TAMPERED, "a control record breaks the rules: " __VA_ARGS__)

/* State */
rb_result rb_rules_state_copy(const struct rb_rules_state *state, struct rb_rules_state *out,
                              struct rebound_error *err);
void rb_rules_state_init(struct rb_rules_state *state);
void rb_rules_state_free(struct rb_rules_state *state);
rb_result rb_rules_copy(const struct rb_rules *rules, struct rb_rules **out, struct rebound_error *err);

struct rb_rules_device *rb_rules_state_device(const struct rb_rules_state *state, const struct rb_device_key *key);
struct rb_rules_member *rb_rules_state_member(const struct rb_rules_state *state, const struct rb_stream_id *account);
struct rb_rules_home *rb_rules_state_home(const struct rb_rules_state *state, const struct rb_stream_id *account);
size_t rb_rules_state_place(const struct rb_rules_state *state, const struct rb_rules_device *device);
struct rb_rules_span *rb_rules_state_open_span(const struct rb_rules_state *state, size_t device);
size_t rb_rules_state_recipients(const struct rb_rules_state *state, struct rb_box_key *out, size_t max);
bool rb_rules_state_is_current(const struct rb_rules_state *state, const struct rb_device_key *key);

/* From control record `number` on the device's records count; or no more, beyond the cut. */
rb_result rb_rules_state_open(struct rb_rules_state *state, size_t device, uint64_t number,
                              struct rebound_error *err);
void rb_rules_state_close(struct rb_rules_state *state, size_t device, uint64_t number, const struct rb_head *cut);

/* The head that a cut names; BAD_FORMAT when its number and its id disagree. */
rb_result rb_rules_cut_read(const Rb__Cut *cut, struct rb_device_key *author, struct rb_head *head,
                            struct rebound_error *err);

/* Applies the next record of a home stream that a shared stream carries: a genesis of another kind is refused. */
rb_result rb_rules_apply_home(struct rb_rules *rules, const struct rb_record *record, bool trusted,
                              struct rebound_error *err);

/* Acts: each may do what it does only when the step's signer may. */
rb_result rb_rules_found_home(struct rb_rules_step *step, const Rb__Genesis *act, struct rebound_error *err);
rb_result rb_rules_add_device(struct rb_rules_step *step, const Rb__AddDevice *act, struct rebound_error *err);
rb_result rb_rules_revoke_device(struct rb_rules_step *step, const Rb__RevokeDevice *act, struct rebound_error *err);
rb_result rb_rules_add_recovery(struct rb_rules_step *step, const Rb__AddRecovery *act, struct rebound_error *err);
rb_result rb_rules_retire_recovery(struct rb_rules_step *step, const Rb__RetireRecovery *act,
                                   struct rebound_error *err);
rb_result rb_rules_set_account_key(struct rb_rules_step *step, const Rb__AccountKey *act, struct rebound_error *err);

rb_result rb_rules_found_shared(struct rb_rules_step *step, const Rb__Genesis *act, struct rebound_error *err);
rb_result rb_rules_carry(struct rb_rules_step *step, const Rb__Carried *act, struct rebound_error *err);
/* After all carrying: may the signer bring what this act brought? */
rb_result rb_rules_check_carrier(struct rb_rules_step *step, const Rb__Carried *act, struct rebound_error *err);
rb_result rb_rules_add_member(struct rb_rules_step *step, const Rb__AddMember *act, struct rebound_error *err);
rb_result rb_rules_remove_member(struct rb_rules_step *step, const Rb__RemoveMember *act, struct rebound_error *err);
rb_result rb_rules_set_role(struct rb_rules_step *step, const Rb__SetRole *act, struct rebound_error *err);
/* After all acts: an owner is left, and no two members have one account key. */
rb_result rb_rules_check_members(const struct rb_rules_step *step, struct rebound_error *err);

rb_result rb_rules_new_epoch(struct rb_rules_step *step, const Rb__NewEpoch *act, struct rebound_error *err);
rb_result rb_rules_box_not_opened(struct rb_rules_step *step, const Rb__BoxNotOpened *act, struct rebound_error *err);

#endif
