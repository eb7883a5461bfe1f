/* Inside of the engine: what it keeps between events. Only the sync*.c files include this.
 *
 * What is durable lives in the vault and is read there inside each transaction; what stands here is
 * of one connection (what the server showed, what was asked of it), or may be lost without harm
 * (acknowledgements that the next transaction will keep).
 *
 *   sync.c         events in; the connection; what comes next
 *   sync_queue.c   actions out; what was asked
 *   sync_fetch.c   requests for records, and their answers
 *   sync_apply.c   one record: judged, and applied in the transaction that moves its author's head
 *   sync_control.c the control chain: applied, cuts, a chain that forked
 *   sync_look.c    what the server shows against what is here
 *   sync_seal.c    numbering, sealing, signing
 *   sync_send.c    appending, acknowledgements, refusals
 *   sync_txn.c     a transaction: authors' heads, findings, news, together
 *   sync_finding.c findings in words, and their evidence
 */
#ifndef RB_SYNC_SYNC_STATE_H
#define RB_SYNC_SYNC_STATE_H

#include "account/account.h"
#include "merge/change.h"
#include "sync/server_key.h"
#include "sync/session.h"
#include "sync/sync.h"

#define RB_SYNC_FRESH_MS 30000u       /* heard within so long: own records may be numbered */
#define RB_SYNC_PAGE_BYTES (2u << 20) /* of records in one answer */
#define RB_SYNC_SLICE_RECORDS 128     /* in one transaction… */
#define RB_SYNC_SLICE_EDITS 1024      /* …or so many edits */
#define RB_SYNC_RECORD_EDITS 512      /* in one record of our own */
#define RB_SYNC_RECORD_BYTES (512u << 10)
#define RB_SYNC_APPEND_BYTES (1u << 20) /* of one Append */
#define RB_SYNC_WINDOW_BYTES (4u << 20) /* appended and not answered yet */
#define RB_SYNC_REFUSED_MAX 8           /* appends refused on one connection, then it ends */
#define RB_SYNC_ASKED_MAX 32
#define RB_SYNC_BEHIND "sync/behind" /* setting: the server lost records and lacks them still */
#define RB_SYNC_FINDINGS_MAX                                                                       \
    64 /* new ones in one round: a server cannot fill the disk with them                           \
        */

enum rb_sync_phase {
    RB_SYNC_IDLE,       /* before START and after FINISHED */
    RB_SYNC_DIALLING,   /* DIAL was asked for */
    RB_SYNC_SHAKING,    /* the handshake */
    RB_SYNC_ASKING_KEY, /* it failed: dialled again to ask for the server's key */
    RB_SYNC_TALKING,    /* requests may be made */
    RB_SYNC_PAUSED      /* stays: dials again at retry_at_ms */
};

/* What a request was for. */
enum rb_sync_ask {
    RB_SYNC_ASK_PAGE,    /* what follows the cursor */
    RB_SYNC_ASK_CONTROL, /* control records from a number on; and the heads */
    RB_SYNC_ASK_RANGES,  /* records by author and number */
    RB_SYNC_ASK_APPEND,
    RB_SYNC_ASK_WAIT
};

struct rb_sync_asked {
    uint32_t id;
    enum rb_sync_ask what;
    uint64_t position; /* the store's last position as it was known when it was asked */
    size_t bytes;      /* APPEND: of records */
};

/* An author as this connection knows it. Heads of ours are read from the vault. */
struct rb_sync_peer {
    struct rb_device_key author;
    struct rb_head server;   /* as the server showed it last; {0} when it shows none */
    uint64_t sent_to;        /* records up to here were handed to the server */
    uint64_t asked_from;     /* of the last range that was asked for; 0: none */
    struct rb_head asked_to; /* …and what the server then said to have */
    bool answered;           /* it was answered */
    uint64_t named_asked;    /* records that others name were asked for up to here */
    uint64_t lacks_to;       /* the server lacks our records of it up to here; 0: none */
};

/* An author's row within a transaction. */
struct rb_sync_slot {
    struct rb_author_row row;
    bool dirty;
};

/* A transaction: what it gathers, told once it is committed. */
struct rb_sync_txn {
    bool open;
    struct rb_sync_slot *slots;
    size_t n_slots, cap_slots;
    struct rb_entry_id *entries; /* that came in */
    size_t n_entries, cap_entries;
    uint64_t received_edits;
    struct rb_finding *found; /* new ones */
    size_t n_found, cap_found;
};

/* A record that is parked, and the one it waits for. */
struct rb_sync_missing {
    struct rb_device_key author; /* whose record is missing */
    uint64_t sequence;           /* zero with `control` */
    bool control;                /* a control record is */
    struct rb_device_key waits;  /* whose record waits */
};

struct rb_sync_queued { /* an action, small: of bulk there are many */
    enum rb_sync_action_type type;
    enum rb_sync_notice notice;
    struct rb_link *link;        /* DIAL; owned */
    struct rb_buf bytes;         /* SEND; owned */
    struct rebound_error *error; /* owned; NULL: none */
    struct rb_entry_id entry;
    uint64_t at_ms, done, total;
    enum rebound_code result;
};

struct rb_sync {
    struct rb_sync_options o;
    struct rb_account *account;
    struct rb_sync_time now; /* of the event being handled */

    /* actions */
    struct rb_sync_queued *queue;
    size_t queue_first, n_queue, cap_queue;
    struct rb_buf out; /* bytes of this event, not yet an action */

    /* the connection */
    enum rb_sync_phase phase;
    struct rb_session *session;
    struct rb_link link;
    struct rb_server_keys_known keys;
    size_t key_at;     /* which of the keys to be tried is pinned on this connection */
    bool prove_former; /* with the keys that this device had before it went on as its successor */
    bool ready;
    uint64_t heard_ms;    /* monotonic, when bytes last came */
    uint64_t asked_ms;    /* …when something was last asked or answered, or a connection began */
    uint64_t heard_bytes; /* that came since */
    uint64_t wake_ms;     /* of the last WAKE */
    uint64_t retry_at_ms; /* PAUSED */
    uint64_t wait_until_ms; /* with a Wait pending: by then it must be answered */
    unsigned failures;      /* connections in a row that came to nothing */
    struct rebound_error handshake_error;

    /* what was asked */
    struct rb_sync_asked asked[RB_SYNC_ASKED_MAX];
    size_t n_asked;
    size_t appending_bytes;

    /* what the server shows */
    bool viewed; /* it showed the stream on this connection */
    struct rb_stream_state view;
    struct rb_sync_peer *peers;
    size_t n_peers, cap_peers;
    struct rb_incarnation incarnation; /* cursor, as it will be kept */
    uint64_t position;
    uint64_t page_asked;    /* the cursor of the last page asked for, or where it ended */
    bool cursor_dirty;      /* differs from the vault's */
    bool pages_done;        /* everything behind the cursor came */
    unsigned stale_pages;   /* in a row that brought nothing new */
    uint64_t control_from;  /* control records to be asked for from here; 0: none */
    uint64_t control_asked; /* they were last asked for from here */
    bool control_all;       /* they were asked for from the first one, on this connection */
    bool control_lost;      /* asked, and what the server says to have did not come */
    bool look_again;        /* the view or the heads here changed since the last look */
    unsigned looks;         /* on this connection without a pause */
    unsigned refused;       /* appends refused on this connection */
    bool control_stale;     /* our last control record was refused: it is to be made anew */
    unsigned idle_waits;    /* Waits in a row that were answered at once with nothing */
    bool acks_dirty;        /* the view acknowledges what the vault does not know yet */
    bool keep_soon;         /* …and another process may wait to read there that it was sent */
    struct rb_head own;     /* our head, as last read or sealed */
    uint64_t control_sent;  /* control records up to here were handed to the server */

    /* what was noticed */
    bool parked;            /* some records are */
    bool unpark_once;       /* …from before this round: what they wait for is to be found out */
    bool unparking;         /* they are being tried again */
    bool copied;            /* the server has records of this device's key that are not ours */
    uint64_t copied_common; /* the last record of ours that the server has too */
    uint64_t own_common;    /* own records compared with the server's up to here */
    bool behind;            /* the server lost what it had shown; being healed */
    bool was_behind;        /* the vault says so, from before */
    bool omitted;           /* some omission that was found is not settled */
    bool read_only;
    bool too_new; /* …because of a control record of a later kind */
    struct rb_sync_missing *missing;
    size_t n_missing, cap_missing;

    /* the round */
    bool active;                  /* between START and FINISHED */
    unsigned new_findings;        /* this round */
    struct rebound_error finding; /* the first that makes the round TAMPERED */
    bool tampered;
    bool outbox_maybe;   /* there may be edits to seal */
    bool intents_maybe;  /* …control records to be issued */
    bool sent_something; /* acknowledged since SENT was told */
    struct rb_sync_txn txn;
    struct rb_sync_totals totals;

    /* rb_sync_seal_now: sealed in a transaction that the caller commits */
    struct rb_buf sealed_now; /* one record */
    struct rb_head sealed_head;
};

/* sync.c */
/* The connection came to nothing: backs off and dials again (stay; `again`: whatever the code), or
 * ends the round. */
rb_result rb_sync_fail(struct rb_sync *sync, const struct rebound_error *why, bool again,
                       struct rebound_error *err);
/* Hangs up and dials at once. */
rb_result rb_sync_dial_again(struct rb_sync *sync, struct rebound_error *err);
const struct rb_stream_id *rb_sync_stream(const struct rb_sync *sync);
const struct rb_device_key *rb_sync_own_key(const struct rb_sync *sync);

/* sync_queue.c */
/* Takes what `action` owns, also on failure. */
rb_result rb_sync_queue(struct rb_sync *sync, const struct rb_sync_queued *action,
                        struct rebound_error *err);
rb_result rb_sync_notice(struct rb_sync *sync, enum rb_sync_notice notice,
                         struct rebound_error *err);
rb_result rb_sync_queue_dial(struct rb_sync *sync, struct rebound_error *err);
rb_result rb_sync_queue_wake(struct rb_sync *sync, uint64_t at_ms, struct rebound_error *err);
rb_result rb_sync_queue_error(struct rb_sync *sync, struct rb_sync_queued action,
                              const struct rebound_error *why, struct rebound_error *err);
/* What `out` holds becomes an action. */
rb_result rb_sync_flush(struct rb_sync *sync, struct rebound_error *err);
void rb_sync_drop_queue(struct rb_sync *sync);
/* Something was asked or answered, or a connection began: patience begins anew. */
void rb_sync_note_progress(struct rb_sync *sync);
/* Notes a request that was just made; takes off one that was answered; counts. */
void rb_sync_note_asked(struct rb_sync *sync, uint32_t id, enum rb_sync_ask what, size_t bytes);
bool rb_sync_take_asked(struct rb_sync *sync, uint32_t id, struct rb_sync_asked *out);
size_t rb_sync_count_asked(const struct rb_sync *sync, enum rb_sync_ask what);
/* The last record of this device that the server shows. */
uint64_t rb_sync_own_at_server(const struct rb_sync *sync);
/* That author on this connection; borrowed until the next one is added. NULL: NO_MEMORY. */
struct rb_sync_peer *rb_sync_peer(struct rb_sync *sync, const struct rb_device_key *author,
                                  struct rebound_error *err);

/* sync_fetch.c */
rb_result rb_sync_ask_page(struct rb_sync *sync, struct rebound_error *err);
rb_result rb_sync_ask_control(struct rb_sync *sync, uint64_t from, struct rebound_error *err);
rb_result rb_sync_ask_ranges(struct rb_sync *sync, Rb__Range *ranges, size_t n,
                             struct rebound_error *err);
rb_result rb_sync_ask_wait(struct rb_sync *sync, struct rebound_error *err);
rb_result rb_sync_on_fetch(struct rb_sync *sync, const struct rb_sync_asked *asked,
                           const struct rb_session_answer *answer, struct rebound_error *err);
rb_result rb_sync_on_wait(struct rb_sync *sync, const struct rb_sync_asked *asked,
                          const struct rb_session_answer *answer, struct rebound_error *err);
/* Takes a state that the server showed; it is freed or kept. */
rb_result rb_sync_take_view(struct rb_sync *sync, const struct rb_sync_asked *asked,
                            struct rb_stream_state *state, struct rebound_error *err);

/* sync_txn.c: a write transaction. Between begin and commit, rows of authors come from here. */
rb_result rb_sync_begin(struct rb_sync *sync, struct rebound_error *err);
rb_result rb_sync_commit(struct rb_sync *sync, struct rebound_error *err);
void rb_sync_rollback(struct rb_sync *sync); /* fine when none is open */
/* The same inside a transaction of the caller's: enter reads, leave writes the rows back. */
rb_result rb_sync_enter(struct rb_sync *sync, struct rebound_error *err);
rb_result rb_sync_leave(struct rb_sync *sync, struct rebound_error *err);
rb_result rb_sync_author(struct rb_sync *sync, const struct rb_device_key *author,
                         struct rb_sync_slot **out, struct rebound_error *err); /* borrowed until
                                                                                   the next one */
rb_result rb_sync_note_entry(struct rb_sync *sync, const struct rb_entry_id *entry,
                             struct rebound_error *err);
rb_result rb_sync_note_found(struct rb_sync *sync, const struct rb_finding *finding,
                             struct rebound_error *err);
void rb_sync_txn_free(struct rb_sync *sync);
/* Is this head, shown by a server or named by a record, a record of ours that is applied? */
rb_result rb_sync_is_on_chain(struct rb_sync *sync, const struct rb_author_row *row,
                              const struct rb_head *head, bool *out, struct rebound_error *err);
/* Inside a transaction: cursor, acknowledgements and what the view shows are kept. */
rb_result rb_sync_keep_view(struct rb_sync *sync, struct rebound_error *err);

/* sync_finding.c; each inside a transaction. What is new makes the round TAMPERED but for CLOCK and
 * COPIED. */
rb_result rb_sync_find(struct rb_sync *sync, enum rb_finding_kind kind,
                       const struct rb_device_key *author, uint64_t sequence,
                       struct rb_slice evidence, struct rebound_error *err, const char *format, ...)
    __attribute__((format(printf, 7, 8)));
/* Told once its transaction is committed. */
rb_result rb_sync_tell_finding(struct rb_sync *sync, const struct rb_finding *finding,
                               struct rebound_error *err);
/* "“Laptop”", or "the device 1a2b3c4d". */
struct rb_sync_name {
    char text[RB_DEVICE_NAME_MAX + 32];
};
struct rb_sync_name rb_sync_name_of(struct rb_sync *sync, const struct rb_device_key *author);
/* Both records and the chain that proves the author's key, as an Evidence message. */
rb_result rb_sync_evidence(struct rb_sync *sync, struct rb_slice first, struct rb_slice second,
                           struct rb_buf *out, struct rebound_error *err);

/* sync_apply.c */
/* Judges one record that arrived, whatever it is, and applies it, parks it or names what is wrong
 * with it. Inside a transaction. Fails only when the vault does. `edits_out` (may be NULL) is
 * raised by the edits it applied. */
rb_result rb_sync_accept(struct rb_sync *sync, struct rb_slice bytes, size_t *edits_out,
                         bool *news_out, struct rebound_error *err);
/* Takes back what was applied of an author beyond number `to`; it is kept aside. */
rb_result rb_sync_rewind(struct rb_sync *sync, struct rb_sync_slot *slot, uint64_t to,
                         struct rebound_error *err);
/* Tries all parked records again as long as one of them goes through, in transactions of its own;
 * then `missing` tells what the others wait for. */
rb_result rb_sync_unpark(struct rb_sync *sync, struct rebound_error *err);

/* sync_control.c; inside a transaction */
/* Devices that control record `number` shut out: what they wrote beyond their cut is taken back; a
 * cut that names one side of a fork settles it. */
rb_result rb_sync_apply_cuts(struct rb_sync *sync, uint64_t number, struct rebound_error *err);
rb_result rb_sync_accept_control(struct rb_sync *sync, const struct rb_record *record,
                                 bool *news_out, struct rebound_error *err);

/* sync_look.c */
/* Compares the view with the vault. Asks for what is missing (*asked_out), notes what the server
 * lacks, adds findings. */
rb_result rb_sync_look(struct rb_sync *sync, bool *asked_out, struct rebound_error *err);
/* sync_seal.c */
/* Is the control record that the server shows as its last one in our chain? */
bool rb_sync_control_is_known(const struct rb_sync *sync);
bool rb_sync_may_seal(const struct rb_sync *sync);
/* One record of what waits, inside a transaction; its bytes go to the end of `out`. *edits_out 0:
 * nothing waits. */
rb_result rb_sync_seal_one(struct rb_sync *sync, struct rb_buf *out, size_t *edits_out,
                           struct rb_head *head_out, struct rebound_error *err);

/* sync_send.c */
/* Sends what is to be sent as far as the window allows; *idle_out: nothing is left, nothing under
 * way. */
rb_result rb_sync_send(struct rb_sync *sync, bool *idle_out, struct rebound_error *err);
/* What rb_sync_seal_now sealed. */
rb_result rb_sync_send_sealed(struct rb_sync *sync, struct rebound_error *err);
rb_result rb_sync_on_append(struct rb_sync *sync, const struct rb_sync_asked *asked,
                            const struct rb_session_answer *answer, struct rebound_error *err);
/* `asked` NULL: the proof was refused. */
rb_result rb_sync_on_refusal(struct rb_sync *sync, const struct rb_sync_asked *asked,
                             const struct rb_session_answer *answer, struct rebound_error *err);
/* Why nothing is sent to a stream that is read-only. */
rb_result rb_sync_read_only(struct rb_sync *sync, struct rebound_error *err);

#endif
