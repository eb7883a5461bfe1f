/* The small numbers that stand for streams and devices in the tables. For vault/ alone. */
#ifndef RB_VAULT_NUMBERS_H
#define RB_VAULT_NUMBERS_H

#include "vault/vault.h"

/* NOT_FOUND when the vault does not follow that stream. */
rb_result rb_number_of_stream(struct rb_vault *vault, const struct rb_stream_id *stream,
                              int64_t *out, struct rebound_error *err);
/* Gives it one when it has none: inside a write transaction. */
rb_result rb_number_of_device(struct rb_vault *vault, const struct rb_device_key *device,
                              int64_t *out, struct rebound_error *err);
/* rb_outbox_add (records.h) for a stream whose number is known. */
rb_result rb_outbox_put(struct rb_vault *vault, int64_t stream, int64_t edit,
                        struct rebound_error *err);

#endif
