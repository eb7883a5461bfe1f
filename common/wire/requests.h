/* The table of request kinds: number, name, in which state of a session it is allowed, where it runs, how large it may
 * be. Dispatch, limits and documentation come from here.
 */
#ifndef RB_WIRE_REQUESTS_H
#define RB_WIRE_REQUESTS_H

#include "base/bytes.h"

enum rb_session_state { RB_SESSION_STRANGER = 1, RB_SESSION_PROVED = 2, RB_SESSION_ANY = 3 };

/* READ: needs a reader of the store. WRITE: needs the writer. MEMORY: neither. ORDER_…: runs alone on its connection,
 * and later requests wait for it (it changes the session). */
enum rb_request_lane { RB_LANE_READ, RB_LANE_WRITE, RB_LANE_MEMORY, RB_LANE_ORDER_READ, RB_LANE_ORDER_WRITE };

/* X(NAME, number, message, allowed, lane, max head bytes, max blob bytes) */
#define RB_REQUEST_TABLE(X)                                                                                            \
    X(PROVE, 1, "Prove", RB_SESSION_STRANGER, RB_LANE_ORDER_READ, 512, 0)                                              \
    X(REGISTER, 2, "Register", RB_SESSION_STRANGER, RB_LANE_ORDER_WRITE, 512, 8192)                                    \
    X(APPEND, 3, "Append", RB_SESSION_PROVED, RB_LANE_WRITE, 65536, 8u << 20)                                          \
    X(FETCH, 4, "Fetch", RB_SESSION_PROVED, RB_LANE_READ, 65536, 0)                                                    \
    X(WAIT, 5, "Wait", RB_SESSION_PROVED, RB_LANE_READ, 65536, 0)                                                      \
    X(PUT_BLOB, 6, "PutBlob", RB_SESSION_PROVED, RB_LANE_WRITE, 512, 8u << 20)                                         \
    X(GET_BLOB, 7, "GetBlob", RB_SESSION_PROVED, RB_LANE_READ, 4096, 0)                                                \
    X(MAILBOX, 8, "Mailbox", RB_SESSION_ANY, RB_LANE_MEMORY, 12288, 0)                                                 \
    X(ACCOUNT, 9, "Account", RB_SESSION_PROVED, RB_LANE_WRITE, 1024, 0)

enum rb_request_kind {
#define RB_REQUEST_ENUM(name, number, message, allowed, lane, head, blob) RB_REQUEST_##name = number,
    RB_REQUEST_TABLE(RB_REQUEST_ENUM)
#undef RB_REQUEST_ENUM
};

#define RB_REQUEST_ANSWER 0x8000u  /* set in the kind of an answer */
#define RB_REQUEST_REFUSAL 0xffffu /* kind of a refusal */

struct rb_request_row {
    uint16_t kind;
    const char *name;
    enum rb_session_state allowed;
    enum rb_request_lane lane;
    uint32_t max_head_bytes;
    uint32_t max_blob_bytes;
};

/* NULL for a kind that is not in the table. Static. */
const struct rb_request_row *rb_request_row(uint16_t kind);

#endif
