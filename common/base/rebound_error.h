/* Error codes of Rebound, as one table, and the sentence that goes with a failure.
 *
 * Every fallible function of librebound answers one of these codes. The table is the only place that says what a code
 * means to a person, which exit status the command line gives, and how the server's refusals map to it. Installed beside
 * rebound.h. Codes are part of the ABI: rows are appended, never renumbered.
 */
#ifndef REBOUND_ERROR_H
#define REBOUND_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define REBOUND_API __attribute__((visibility("default")))
#else
#define REBOUND_API
#endif

/* X(name, number, exit status, what it means in general; a failure's own sentence says more) */
#define REBOUND_ERROR_TABLE(X)                                                                                         \
    X(OK, 0, 0, "done")                                                                                                \
    X(FAILED, 1, 1, "something went wrong")                                                                            \
    X(NO_MEMORY, 2, 1, "out of memory")                                                                                \
    X(IO, 3, 1, "a file could not be read or written")                                                                 \
    X(MISUSE, 4, 2, "the call or command was not used as it is meant to be")                                           \
    X(PARTLY, 5, 3, "partly done")                                                                                     \
    X(NO_VAULT, 6, 10, "there is no journal here")                                                                     \
    X(LOCKED, 7, 11, "the journal is locked")                                                                          \
    X(BUSY, 8, 11, "the journal is in use by another program")                                                         \
    X(WRONG_SECRET, 9, 12, "the passphrase, the recovery words or the code is wrong")                                  \
    X(EXPIRED, 10, 12, "the code has expired or was used")                                                             \
    X(NOT_FOUND, 11, 13, "there is no such entry")                                                                     \
    X(AMBIGUOUS, 12, 13, "more than one entry fits")                                                                   \
    X(NO_HOST, 13, 14, "the server's name could not be found")                                                         \
    X(NO_CONNECTION, 14, 14, "the server refused the connection")                                                      \
    X(TIMEOUT, 15, 14, "the server did not answer in time")                                                            \
    X(CUT_OFF, 16, 14, "the connection to the server broke")                                                           \
    X(REFUSED, 17, 15, "the server refused")                                                                           \
    X(TAMPERED, 18, 16, "data was altered, withheld or rolled back")                                                   \
    X(CRYPTO, 19, 16, "a sealed object could not be opened or verified")                                               \
    X(WRONG_SERVER_KEY, 20, 17, "this is not the server you connected to")                                             \
    X(DAMAGED, 21, 18, "the journal's files are damaged")                                                              \
    X(TOO_NEW, 22, 18, "written by a newer version of Rebound")                                                        \
    X(NO_SPACE, 23, 19, "no space left")                                                                               \
    X(OVER_QUOTA, 24, 19, "over the server's quota")                                                                   \
    X(TOO_LARGE, 25, 20, "too large")                                                                                  \
    X(EMPTY, 26, 20, "nothing was given")                                                                              \
    X(NOT_UTF8, 27, 20, "the text is not valid UTF-8")                                                                 \
    X(BAD_FORMAT, 28, 20, "not in the expected format")                                                                \
    X(INTERRUPTED, 29, 130, "interrupted")

/* What a fallible function answers: REBOUND_OK, or why not. */
enum rebound_code {
#define REBOUND_ERROR_ENUM(name, number, status, meaning) REBOUND_##name = number,
    REBOUND_ERROR_TABLE(REBOUND_ERROR_ENUM)
#undef REBOUND_ERROR_ENUM
};

/* The caller's own; pass NULL where the sentence is of no interest. Undefined after success. */
struct rebound_error {
    enum rebound_code code; /* as returned */
    char sentence[512]; /* UTF-8, no newline: what is wrong, where, what to do; never a secret, never entry text */
};

/* The table's row for a code. Never NULL: an unknown code reads as FAILED. Thread-safe. */
REBOUND_API const char *rebound_error_name(enum rebound_code code);    /* "NOT_FOUND" */
REBOUND_API const char *rebound_error_meaning(enum rebound_code code); /* a clause for a person */
REBOUND_API int rebound_error_exit_status(enum rebound_code code);     /* of a program that fails with it */

#ifdef __cplusplus
}
#endif

#endif
