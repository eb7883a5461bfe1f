/* Why a server says no: codes, what a person reads, whether trying again can help, and the code a caller gets.
 * A refusal with a code that is not in the table means: keep, and try later.
 */
#ifndef RB_WIRE_REFUSAL_H
#define RB_WIRE_REFUSAL_H

#include "base/bytes.h"
#include "base/language.h"

/* X(NAME, number, again, rebound code, sentence) */
#define RB_REFUSAL_TABLE(X)                                                                                            \
    X(BAD_REQUEST, 1, false, REFUSED, RB_TEXT("the request could not be understood"))                                           \
    X(UNKNOWN_REQUEST, 2, false, REFUSED, RB_TEXT("this server is too old for that request"))                                   \
    X(NOT_PROVED, 3, false, REFUSED, RB_TEXT("this needs a device that belongs to the account"))                                \
    X(WRONG_PROOF, 4, false, REFUSED, RB_TEXT("the server does not know this account or device"))                               \
    X(NOT_ALLOWED, 5, false, REFUSED, RB_TEXT("this device has no right to do that here"))                                      \
    X(NO_STREAM, 6, false, REFUSED, RB_TEXT("there is no such stream on this server"))                                          \
    X(NOT_NEXT, 7, true, BUSY, RB_TEXT("another device was faster: look again and retry"))                                      \
    X(GAP, 8, true, REFUSED, RB_TEXT("records before this one are missing on the server"))                                      \
    X(OTHER_BYTES, 9, false, TAMPERED, RB_TEXT("the server holds other bytes under this number"))                               \
    X(INVALID_RECORD, 10, false, REFUSED, RB_TEXT("a record is not valid"))                                                     \
    X(UNKNOWN_CONTROL, 11, true, REFUSED, RB_TEXT("a record names a control record that the server lacks"))                     \
    X(UPDATE_NEEDED, 12, false, TOO_NEW, RB_TEXT("this server is too old for that record"))                                     \
    X(INVITE_INVALID, 13, false, EXPIRED, RB_TEXT("the invite is not valid: it was used, has expired or was never made here"))  \
    X(INVITE_NEEDED, 14, false, REFUSED, RB_TEXT("this server takes new accounts by invite only"))                              \
    X(REGISTERED, 15, false, REFUSED, RB_TEXT("this account is registered already"))                                            \
    X(OVER_QUOTA, 16, false, OVER_QUOTA, RB_TEXT("the account's space on the server is full"))                                  \
    X(STORAGE_FULL, 17, true, NO_SPACE, RB_TEXT("the server's disk is full"))                                                   \
    X(RATE, 18, true, REFUSED, RB_TEXT("too many requests: try again in a while"))                                              \
    X(MAILBOX_GONE, 19, false, EXPIRED, RB_TEXT("the code has expired, was used, or is not right"))                             \
    X(MAILBOX_LIMIT, 20, true, REFUSED, RB_TEXT("too many codes are open: try again in a while"))                               \
    X(TOO_LARGE, 21, false, TOO_LARGE, RB_TEXT("larger than this server takes"))                                                \
    X(STOPPING, 22, true, CUT_OFF, RB_TEXT("the server is stopping"))                                                           \
    X(INTERNAL, 23, true, REFUSED, RB_TEXT("the server met an error of its own"))                                               \
    X(INVITES_SPENT, 24, false, REFUSED, RB_TEXT("this account has no invites left to give"))

enum rb_refusal_code {
#define RB_REFUSAL_ENUM(name, number, again, code, sentence) RB_REFUSAL_##name = number,
    RB_REFUSAL_TABLE(RB_REFUSAL_ENUM)
#undef RB_REFUSAL_ENUM
};

struct rb_refusal_row {
    uint32_t number;
    bool again;
    enum rebound_code code;
    const char *sentence;
};

/* NULL when unknown. Static. */
const struct rb_refusal_row *rb_refusal_row(uint32_t number);

#endif
