/* A server's key and the next one that it announces (proto/README.md, "Connections"). A client
 * takes the next key beside the pinned one no sooner than 30 days after it first saw it, by its own
 * clock, so that whoever held the server for a day cannot move its clients to a key of their own;
 * it drops the old one 90 days after its first handshake under the new.
 */
#ifndef RB_SYNC_SERVER_KEY_H
#define RB_SYNC_SERVER_KEY_H

#include "vault/vault.h"
#include "wire/link.h"

#define RB_SERVER_KEY_WAIT_MS (30ull * 24 * 3600 * 1000)
#define RB_SERVER_KEY_KEEP_MS (90ull * 24 * 3600 * 1000)

struct rb_server_keys_known {
    struct rb_server_key pinned; /* of the link */
    bool has_next;
    struct rb_server_key next;
    uint64_t seen_ms; /* when it was first announced */
    uint64_t used_ms; /* when it first answered a handshake; 0: never */
};

/* What the vault knows beside `pinned`. */
rb_result rb_server_keys_load(struct rb_vault *vault, const struct rb_server_key *pinned,
                              struct rb_server_keys_known *out, struct rebound_error *err);
/* The keys to be tried now, in this order; returns how many, 1 or 2. */
size_t rb_server_keys_to_try(const struct rb_server_keys_known *known, uint64_t wall_ms,
                             struct rb_server_key out[2]);
/* A handshake under `used` went well, and the server announced `next` (NULL: none). True when this
 * is news to be saved. */
bool rb_server_keys_note(struct rb_server_keys_known *known, const struct rb_server_key *used,
                         const struct rb_server_key *next, uint64_t wall_ms);
/* Keeps it; inside a write transaction. Is the old key's time over, the link in the vault, `link`,
 * gets the new one. */
rb_result rb_server_keys_save(struct rb_vault *vault, struct rb_server_keys_known *known,
                              struct rb_link *link, uint64_t wall_ms, struct rebound_error *err);

#endif
