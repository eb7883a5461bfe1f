/* Streams for tests: keys named by a letter, and control records written act by act. Everything is a function of the
 * letters, so that a test reads as the history it tells. Fails the test on any error of its own.
 */
#ifndef RB_TESTS_SUPPORT_STREAMS_H
#define RB_TESTS_SUPPORT_STREAMS_H

#include "stream/control.h"
#include "stream/rules.h"

struct t_keys { /* of a device, a recovery key or (box_key alone) an account */
    struct rb_signing_key secret;
    struct rb_device_key key;
    struct rb_box_key box_key;
};

struct t_keys t_keys_of(char letter);

/* A control record being written. Memory of acts lives until t_draft_free. */
struct t_draft {
    Rb__ControlBody body;
    Rb__Act *acts[80];
    void *memory[8192];
    size_t n_memory;
    uint64_t epoch_delta; /* of the header: 1 once t_new_epoch was called */
};

void t_draft_init(struct t_draft *draft);
void t_draft_free(struct t_draft *draft);
void *t_draft_alloc(struct t_draft *draft, size_t size);
Rb__Act *t_act(struct t_draft *draft); /* an empty one, appended */
ProtobufCBinaryData t_bytes(struct t_draft *draft, const void *ptr, size_t len);
Rb__Introduced *t_introduced(struct t_draft *draft, const struct rb_hash *nonce, char who, char adder);
Rb__Box *t_box(struct t_draft *draft, char recipient);
Rb__Cut *t_cut(struct t_draft *draft, char author, uint64_t sequence);

void t_genesis_home(struct t_draft *draft, char device, char recovery);
void t_genesis_shared(struct t_draft *draft, const struct rb_stream_id *account, const struct rb_buf *records, size_t n);
Rb__AddDevice *t_add_device(struct t_draft *draft, const struct rb_hash *nonce, char who, char adder);
Rb__AddRecovery *t_add_recovery(struct t_draft *draft, const struct rb_hash *nonce, char who, char adder);
void t_revoke(struct t_draft *draft, char who, uint64_t sequence);
void t_retire(struct t_draft *draft, char who);
void t_account_key(struct t_draft *draft, char who);
Rb__NewEpoch *t_new_epoch(struct t_draft *draft, uint64_t number, const char *recipients);
Rb__Carried *t_carry(struct t_draft *draft, const struct rb_stream_id *account, const struct rb_buf *records, size_t n,
                     const char *cut);
Rb__AddMember *t_add_member(struct t_draft *draft, const struct rb_stream_id *account, Rb__Role role, char account_key);
void t_remove_member(struct t_draft *draft, const struct rb_stream_id *account, const char *cut);
void t_set_role(struct t_draft *draft, const struct rb_stream_id *account, Rb__Role role);
void t_box_not_opened(struct t_draft *draft, uint64_t number, char who);

/* Builds the record that follows rules' head, signed by `signer`. */
void t_build(const struct rb_rules *rules, struct t_draft *draft, char signer, struct rb_buf *out);

/* A stream with all its control records. */
struct t_stream {
    struct rb_rules *rules;
    struct rb_buf records[64];
    size_t n;
};

void t_stream_init(struct t_stream *stream);
void t_stream_free(struct t_stream *stream);
/* Builds, applies (which must succeed), keeps and frees the draft. */
void t_stream_add(struct t_stream *stream, struct t_draft *draft, char signer);
/* Genesis, then the first epoch with an account key. */
void t_stream_found_home(struct t_stream *stream, char device, char recovery, char account_key);

/* All that can be asked of rules, as bytes: equal rules have equal prints. */
void t_rules_print(const struct rb_rules *rules, struct rb_buf *out);

#endif
