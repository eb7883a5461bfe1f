/* Storage of the server, as an interface: streams of opaque records, accounts, invites. What every implementation must
 * keep stands at each operation; tests/store/contract.c runs the same cases against each.
 *
 * A store is used through *readers* (any number, each used by one thread at a time, each call sees a consistent state) and
 * one *writer* at a time. The writer works in batches: begin, then for each request mark … keep or undo, then commit. What
 * a request wrote is durable, and may be acknowledged, only when commit returned OK. All ids are borrowed; bytes handed to
 * a callback are borrowed for the call. A callback that returns false ends the listing, which is no error.
 *
 * Errors: NO_SPACE (disk full: reads go on), IO (after it the writer refuses everything until the store is opened anew),
 * DAMAGED, BUSY (another process), TOO_NEW (schema), NO_MEMORY.
 */
#ifndef RBD_STORE_STORE_H
#define RBD_STORE_STORE_H

#include "base/env.h"
#include "base/ids.h"

struct rbd_store;
struct rbd_store_reader;
struct rbd_store_writer;

/* `url` is a folder for the embedded store (made when it is not there, 0700), or postgresql://… where built in. */
rb_result rbd_store_open(const struct rb_env *env, const char *url, struct rbd_store **out, struct rebound_error *err);
void rbd_store_close(struct rbd_store *store); /* after its readers and writer; NULL is fine */
/* Random, new at first start. */
const struct rb_incarnation *rbd_store_incarnation(const struct rbd_store *store);

rb_result rbd_store_reader_open(struct rbd_store *store, struct rbd_store_reader **out, struct rebound_error *err);
void rbd_store_reader_close(struct rbd_store_reader *reader);
/* Between look and look_away all calls of a reader see one state. Not for a writer's reader. */
rb_result rbd_store_look(struct rbd_store_reader *reader, struct rebound_error *err);
void rbd_store_look_away(struct rbd_store_reader *reader);
/* BUSY when there is one already. */
rb_result rbd_store_writer_open(struct rbd_store *store, struct rbd_store_writer **out, struct rebound_error *err);
void rbd_store_writer_close(struct rbd_store_writer *writer); /* rolls back an open batch */
/* Everything a reader can ask may be asked of the writer too, and then sees what the batch wrote so far. Borrowed. */
struct rbd_store_reader *rbd_store_writer_reader(struct rbd_store_writer *writer);

/* --- batches --- */
rb_result rbd_store_begin(struct rbd_store_writer *writer, struct rebound_error *err);
rb_result rbd_store_mark(struct rbd_store_writer *writer, struct rebound_error *err); /* before each request */
rb_result rbd_store_keep(struct rbd_store_writer *writer, struct rebound_error *err);
rb_result rbd_store_undo(struct rbd_store_writer *writer, struct rebound_error *err); /* back to the mark; others stay */
rb_result rbd_store_commit(struct rbd_store_writer *writer, struct rebound_error *err); /* on failure nothing of it stays */
void rbd_store_rollback(struct rbd_store_writer *writer);

/* --- streams --- */
struct rbd_stream_row {
    int64_t id; /* the store's own name for it */
    struct rb_stream_id stream;
    uint8_t kind; /* enum rb_stream_kind */
    struct rb_stream_id payer;
    uint64_t last_position;
    struct rb_head control; /* control head */
    uint64_t bytes;         /* of all records */
};
rb_result rbd_store_stream(struct rbd_store_reader *r, const struct rb_stream_id *stream, struct rbd_stream_row *out,
                           bool *found_out, struct rebound_error *err);
/* `payer`: the account whose quota its bytes count against. */
rb_result rbd_store_stream_add(struct rbd_store_writer *w, const struct rb_stream_id *stream, uint8_t kind,
                               const struct rb_stream_id *payer, struct rbd_stream_row *out,
                               struct rebound_error *err);

/* --- records --- */
struct rbd_record_row {
    uint64_t position;
    uint8_t kind; /* enum rb_record_kind */
    uint64_t sequence;
    struct rb_record_id id;
    struct rb_slice bytes; /* header and body */
};
/* Gives the next position, moves the author's head (sealed) or the control head (control), counts bytes. The caller has
 * checked that it comes next. `row` is brought up to date. */
rb_result rbd_store_append(struct rbd_store_writer *w, struct rbd_stream_row *row, uint8_t kind,
                           const struct rb_device_key *author, uint64_t sequence, const struct rb_record_id *id,
                           struct rb_slice bytes, struct rebound_error *err);
/* An author's head: {0, zeros} when it wrote nothing. */
rb_result rbd_store_head(struct rbd_store_reader *r, const struct rbd_stream_row *row,
                         const struct rb_device_key *author, struct rb_head *out, struct rebound_error *err);
rb_result rbd_store_heads(struct rbd_store_reader *r, const struct rbd_stream_row *row,
                          bool (*each)(void *ctx, const struct rb_device_key *author, const struct rb_head *head),
                          void *ctx, struct rebound_error *err);
/* A sealed record's id by author and number. */
rb_result rbd_store_record_id(struct rbd_store_reader *r, const struct rbd_stream_row *row,
                              const struct rb_device_key *author, uint64_t sequence, struct rb_record_id *out,
                              bool *found_out, struct rebound_error *err);
/* Records after a position, in order; sealed ones of an author from a number to another; control records from a number. */
rb_result rbd_store_list(struct rbd_store_reader *r, const struct rbd_stream_row *row, uint64_t after,
                         bool (*each)(void *ctx, const struct rbd_record_row *record), void *ctx,
                         struct rebound_error *err);
rb_result rbd_store_list_author(struct rbd_store_reader *r, const struct rbd_stream_row *row,
                                const struct rb_device_key *author, uint64_t from, uint64_t to,
                                bool (*each)(void *ctx, const struct rbd_record_row *record), void *ctx,
                                struct rebound_error *err);
rb_result rbd_store_list_control(struct rbd_store_reader *r, const struct rbd_stream_row *row, uint64_t from,
                                 bool (*each)(void *ctx, const struct rbd_record_row *record), void *ctx,
                                 struct rebound_error *err);

/* --- blobs: chunks of attachments, by stream and name --- */
/* Stores it and counts its bytes; one that is there already changes nothing: *added_out false. `row` is brought up to
 * date. */
rb_result rbd_store_blob_put(struct rbd_store_writer *w, struct rbd_stream_row *row, const struct rb_hash *name,
                             struct rb_slice bytes, bool *added_out, struct rebound_error *err);
/* How long it is; 0: not there. */
rb_result rbd_store_blob_size(struct rbd_store_reader *r, const struct rbd_stream_row *row, const struct rb_hash *name,
                              uint64_t *out, struct rebound_error *err);
/* Appends it; *found_out false: not there, nothing was appended. */
rb_result rbd_store_blob_get(struct rbd_store_reader *r, const struct rbd_stream_row *row, const struct rb_hash *name,
                             struct rb_buf *out, bool *found_out, struct rebound_error *err);

/* --- accounts --- */
struct rbd_account_row {
    struct rb_stream_id account; /* its home stream */
    uint64_t created_ms;
    uint64_t bytes, records; /* of all streams it pays for; told, never put */
    uint64_t quota_bytes;    /* 0: the server's default */
    uint32_t invites_left;
};
rb_result rbd_store_account(struct rbd_store_reader *r, const struct rb_stream_id *account, struct rbd_account_row *out,
                            bool *found_out, struct rebound_error *err);
rb_result rbd_store_account_add(struct rbd_store_writer *w, const struct rbd_account_row *row,
                                struct rebound_error *err);
rb_result rbd_store_account_put(struct rbd_store_writer *w, const struct rbd_account_row *row,
                                struct rebound_error *err); /* quota and invites */
rb_result rbd_store_account_each(struct rbd_store_reader *r,
                                 bool (*each)(void *ctx, const struct rbd_account_row *row), void *ctx,
                                 struct rebound_error *err);
/* The account that a recovery key may prove itself for, whatever it names. Many keys for an account, one account a key. */
rb_result rbd_store_recovery_put(struct rbd_store_writer *w, const struct rb_device_key *recovery,
                                 const struct rb_stream_id *account, struct rebound_error *err);
rb_result rbd_store_recovery(struct rbd_store_reader *r, const struct rb_device_key *recovery,
                             struct rb_stream_id *account_out, bool *found_out, struct rebound_error *err);
/* Streams of an account: its home, and those it is a member of. */
rb_result rbd_store_member_put(struct rbd_store_writer *w, const struct rbd_stream_row *row,
                               const struct rb_stream_id *account, bool member, struct rebound_error *err);
rb_result rbd_store_member_streams(struct rbd_store_reader *r, const struct rb_stream_id *account,
                                   bool (*each)(void *ctx, const struct rb_stream_id *stream), void *ctx,
                                   struct rebound_error *err);

/* --- invites: only the hash of a token is kept --- */
struct rbd_invite_row {
    struct rb_hash token_hash;
    uint32_t uses_left;
    uint64_t expires_ms;              /* Unix time; 0: never */
    struct rb_stream_id minted_by;    /* zeros: the operator */
    struct rb_device_key minted_with; /* the device that minted it; zeros: the operator */
};
rb_result rbd_store_invite_put(struct rbd_store_writer *w, const struct rbd_invite_row *row,
                               struct rebound_error *err);
rb_result rbd_store_invite(struct rbd_store_reader *r, const struct rb_hash *token_hash, struct rbd_invite_row *out,
                           bool *found_out, struct rebound_error *err);
rb_result rbd_store_invite_void(struct rbd_store_writer *w, const struct rb_device_key *minted_with,
                                struct rebound_error *err); /* all unused ones of a revoked device */
/* Which account a token opened, so that the same request again gets the same answer. */
rb_result rbd_store_invite_used(struct rbd_store_writer *w, const struct rb_hash *token_hash,
                                const struct rb_stream_id *account, struct rebound_error *err);
rb_result rbd_store_invite_used_by(struct rbd_store_reader *r, const struct rb_hash *token_hash,
                                   const struct rb_stream_id *account, bool *used_out, struct rebound_error *err);

/* --- the operator's --- */
struct rbd_store_stats {
    uint64_t accounts, streams, records, bytes, file_bytes;
};
rb_result rbd_store_stats(struct rbd_store_reader *r, struct rbd_store_stats *out, struct rebound_error *err);
/* Integrity of the file, and ours: positions without gaps, heads that are the last records, ids that match the bytes.
 * `found` gets a sentence for each damage. */
rb_result rbd_store_check(struct rbd_store_reader *r, void (*found)(void *ctx, const char *sentence), void *ctx,
                          struct rebound_error *err);

#endif
