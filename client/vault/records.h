/* Records, heads, the outbox and findings: what the sync engine keeps, one function per thing that it does in a transaction
 * (records.c, outbox.c, findings.c).
 *
 * Raw bytes of every control record and of every author's sealed records stay here, so that any device can send again
 * what a server lost. "Applied" means that the changes inside are in the journal. Everything here that writes is called
 * inside a write transaction (rb_vault_begin), everything is read from the database at each call.
 *
 * Invariants: (1) an author's applied records are 1..head without a gap, and head is the last; (2) a parked record is
 * above its author's head or waits for another's; (3) an own record up to the one of rb_outbox_acknowledged is at the server.
 *
 * Writing to a stream that was not added is NOT_FOUND; reading of one yields nothing. Numbers above 2^63 - 1 are BAD_FORMAT
 * where they are kept in order. What `each` is called with is borrowed for the call; it may read the vault, and write all but
 * the rows that are being walked over.
 */
#ifndef RB_VAULT_RECORDS_H
#define RB_VAULT_RECORDS_H

#include "stream/record.h"
#include "vault/vault.h"

/* A stream that this vault follows. */
struct rb_stream_row {
    struct rb_stream_id stream;
    struct rb_incarnation incarnation; /* cursor: of the server's store */
    uint64_t position;                 /* cursor: all up to here is held */
    bool read_only;                    /* a control record of a later kind, or a forked control chain */
};

/* Fine when it is there already. */
rb_result rb_records_stream_add(struct rb_vault *vault, const struct rb_stream_id *stream, struct rebound_error *err);
rb_result rb_records_stream_get(struct rb_vault *vault, const struct rb_stream_id *stream, struct rb_stream_row *out,
                                struct rebound_error *err); /* NOT_FOUND */
rb_result rb_records_stream_put(struct rb_vault *vault, const struct rb_stream_row *row, struct rebound_error *err);
/* In the order in which they were added. */
rb_result rb_records_stream_each(struct rb_vault *vault,
                                 rb_result (*each)(void *ctx, const struct rb_stream_row *row), void *ctx,
                                 struct rebound_error *err);
/* Another server than before: cursors, what was acknowledged and what was shown begin anew, in every stream. */
rb_result rb_records_forget_server(struct rb_vault *vault, struct rebound_error *err);

/* --- control chain --- */
/* Records n = from, from + 1, … in order; stops when `each` returns other than OK and returns that. */
rb_result rb_records_control_each(struct rb_vault *vault, const struct rb_stream_id *stream, uint64_t from,
                                  rb_result (*each)(void *ctx, struct rb_slice bytes), void *ctx,
                                  struct rebound_error *err);
/* The next one, as rb_rules_apply accepted it; MISUSE when it does not follow the head. `acknowledged`: it came from the server, or the server has it. */
rb_result rb_records_control_add(struct rb_vault *vault, const struct rb_stream_id *stream,
                                 const struct rb_record *record, bool acknowledged, struct rebound_error *err);
/* The head and the highest number that the server is known to hold. NOT_FOUND. */
rb_result rb_records_control_head(struct rb_vault *vault, const struct rb_stream_id *stream, struct rb_head *head_out,
                                  uint64_t *acknowledged_out, struct rebound_error *err);
rb_result rb_records_control_acknowledge(struct rb_vault *vault, const struct rb_stream_id *stream, uint64_t number,
                                         struct rebound_error *err);
/* Takes the last one off (an own one that lost the race for its place). MISUSE when there is none. */
rb_result rb_records_control_drop_last(struct rb_vault *vault, const struct rb_stream_id *stream,
                                       struct rebound_error *err);
/* A point of the chain that whoever let this device in vouched for: a server whose chain does not hold it is not believed.
 * {0, zeros}: none. */
rb_result rb_records_control_pin(struct rb_vault *vault, const struct rb_stream_id *stream, const struct rb_head *head,
                                 struct rebound_error *err);
rb_result rb_records_control_pinned(struct rb_vault *vault, const struct rb_stream_id *stream, struct rb_head *head_out,
                                    struct rebound_error *err); /* NOT_FOUND */

/* --- authors --- */
struct rb_author_row {
    struct rb_device_key author;
    struct rb_head head;          /* last record applied (own: sealed) */
    struct rb_head shown;         /* highest that the server ever acknowledged or showed for this author */
    struct rb_head named;         /* highest that any other device's record named: a claim, until held */
    uint64_t control_number;      /* of the control record that its last record named: never goes back */
    uint64_t heard_ms;            /* own wall clock when its last record arrived; 0: never */
    bool frozen;                  /* forked: nothing of it is applied beyond the last common record */
};

rb_result rb_records_author(struct rb_vault *vault, const struct rb_stream_id *stream,
                            const struct rb_device_key *author, struct rb_author_row *out,
                            struct rebound_error *err); /* zeros with the author set when nothing is known: never NOT_FOUND */
rb_result rb_records_author_put(struct rb_vault *vault, const struct rb_stream_id *stream,
                                const struct rb_author_row *row, struct rebound_error *err);
rb_result rb_records_author_each(struct rb_vault *vault, const struct rb_stream_id *stream,
                                 rb_result (*each)(void *ctx, const struct rb_author_row *row), void *ctx,
                                 struct rebound_error *err);

/* --- sealed records --- */
enum rb_record_state { RB_RECORD_APPLIED = 1, RB_RECORD_PARKED = 2, RB_RECORD_QUARANTINED = 3 };

/* The same id again: fine, its state stays. Another id under that number: TAMPERED, and nothing is kept of it. */
rb_result rb_records_add(struct rb_vault *vault, const struct rb_stream_id *stream, const struct rb_record *record,
                         enum rb_record_state state, struct rebound_error *err);
/* Forgets an author's records beyond this number: own ones that nobody has, or the losing side of a fork. What they did to
 * entries and heads is the caller's to take back. */
rb_result rb_records_drop_after(struct rb_vault *vault, const struct rb_stream_id *stream,
                                const struct rb_device_key *author, uint64_t sequence, struct rebound_error *err);
/* NOT_FOUND */
rb_result rb_records_set_state(struct rb_vault *vault, const struct rb_stream_id *stream,
                               const struct rb_device_key *author, uint64_t sequence, enum rb_record_state state,
                               struct rebound_error *err);
/* By author and number, any state. *found_out tells; `bytes_out` is replaced; it and `id_out` may be NULL. Without bytes_out
 * the record's bytes are not read. */
rb_result rb_records_get(struct rb_vault *vault, const struct rb_stream_id *stream, const struct rb_device_key *author,
                         uint64_t sequence, struct rb_buf *bytes_out, struct rb_record_id *id_out, bool *found_out,
                         struct rebound_error *err);
/* An author's records from a number on, applied ones, until `each` returns other than OK. */
rb_result rb_records_each(struct rb_vault *vault, const struct rb_stream_id *stream, const struct rb_device_key *author,
                          uint64_t from, rb_result (*each)(void *ctx, struct rb_slice bytes), void *ctx,
                          struct rebound_error *err);
/* All parked ones, by author and number. */
rb_result rb_records_parked_each(struct rb_vault *vault, const struct rb_stream_id *stream,
                                 rb_result (*each)(void *ctx, struct rb_slice bytes), void *ctx,
                                 struct rebound_error *err);

/* --- outbox: edits saved here and not sealed yet, in the order they were saved --- */
struct rb_outbox_item {
    int64_t id; /* of the edit */
    struct rb_slice edit; /* the exact bytes of its Edit, borrowed until the next call on the vault */
};
/* An edit made here, which rb_entries_save has just stored under this id in the table `edits`, waits to be sealed. */
rb_result rb_outbox_add(struct rb_vault *vault, const struct rb_stream_id *stream, int64_t edit,
                        struct rebound_error *err);
/* At most max_items; 0: all. */
rb_result rb_outbox_each(struct rb_vault *vault, const struct rb_stream_id *stream, uint32_t max_items,
                         rb_result (*each)(void *ctx, const struct rb_outbox_item *item), void *ctx,
                         struct rebound_error *err);
/* These items, ids `first` to `last` in rb_outbox_each's order, now travel in own record `sequence`. Linear. */
rb_result rb_outbox_sealed(struct rb_vault *vault, const struct rb_stream_id *stream, int64_t first, int64_t last,
                           uint64_t sequence, struct rebound_error *err);
/* The server has own records 1 to `sequence`; never goes back. Cheap: one small row. Which edits a record carries stays known,
 * so that they can be issued again. */
rb_result rb_outbox_acknowledged(struct rb_vault *vault, const struct rb_stream_id *stream, uint64_t sequence,
                                 struct rebound_error *err);
rb_result rb_outbox_count(struct rb_vault *vault, uint64_t *edits_out, struct rebound_error *err);
/* Edits that are in no acknowledged record: unsealed, or sealed and not acknowledged. */
rb_result rb_outbox_unacknowledged(struct rb_vault *vault, uint64_t *edits_out, struct rebound_error *err);
/* A vault that was restored or copied goes on under another device key. `sequence` is the last record of `from` that the
 * server and this vault have in common. Unsealed edits, and those of own records above it, get stamps of the device `to` (time
 * and counter stay, parents among them are renamed too) and go back to the outbox; those records are forgotten, `from`'s head
 * is `sequence` again, and its edits up to there count as another device's. The entries concerned are derived anew. Linear in
 * those edits. */
rb_result rb_outbox_reissue(struct rb_vault *vault, const struct rb_stream_id *stream,
                            const struct rb_device_key *from, uint64_t sequence, const struct rb_device_key *to,
                            struct rebound_error *err);

/* --- findings: what was noticed about the server or another device, kept until the user has seen it --- */
enum rb_finding_kind {
    RB_FINDING_BEHIND = 1,   /* the server lost records that it had shown */
    RB_FINDING_WAITING = 2,  /* a record names one that is not here yet */
    RB_FINDING_OMISSION = 3, /* …and a complete fetch did not bring it */
    RB_FINDING_FORK = 4,     /* one author signed two records under one number */
    RB_FINDING_CONTROL_FORK = 5,
    RB_FINDING_INVALID = 6,  /* the server delivered a record that breaks a rule */
    RB_FINDING_COPIED = 7,   /* this vault was restored or copied: the device goes on under a new key */
    RB_FINDING_CLOCK = 8     /* a record from more than 24 hours in the future */
};
struct rb_finding {
    int64_t id; /* 0 when adding */
    enum rb_finding_kind kind;
    struct rb_stream_id stream;
    struct rb_device_key author;
    uint64_t sequence;
    uint64_t at_ms;
    bool settled;
    char sentence[400];
};
/* The same kind, stream, author and sequence, unsettled, is not added twice; *is_new_out tells. `evidence` may be empty. */
rb_result rb_findings_add(struct rb_vault *vault, const struct rb_finding *finding, struct rb_slice evidence,
                          bool *is_new_out, struct rebound_error *err);
rb_result rb_findings_settle(struct rb_vault *vault, enum rb_finding_kind kind, const struct rb_stream_id *stream,
                             const struct rb_device_key *author, uint64_t sequence, struct rebound_error *err);
rb_result rb_findings_each(struct rb_vault *vault, bool settled_too,
                           rb_result (*each)(void *ctx, const struct rb_finding *finding, struct rb_slice evidence),
                           void *ctx, struct rebound_error *err);

#endif
