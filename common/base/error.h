/* The one way to fail, inside common, client and server.
 *
 * A fallible function returns rb_result and takes `struct rebound_error *err` (may be NULL) as its last parameter. The
 * first to notice words the failure with rb_fail; callers pass it on with TRY and clean up under the label `out:`.
 */
#ifndef RB_BASE_ERROR_H
#define RB_BASE_ERROR_H

#include "base/rebound_error.h"

#define rb_result __attribute__((warn_unused_result)) enum rebound_code

/* Leaves for `out:` with the code in `rc` when the call fails. The only macro that hides a jump. */
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        if ((rc = (call)) != REBOUND_OK)                                                                               \
            goto out;                                                                                                  \
    } while (0)

/* Fills *err (if not NULL) with the code and the formatted sentence, in the language in use (language.h; cut at 511 bytes, on a character boundary) and
 * returns the code: `return rb_fail(err, REBOUND_EMPTY, "…")`, or `TRY(rb_fail(…))`. */
enum rebound_code rb_fail(struct rebound_error *err, enum rebound_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4), warn_unused_result));

/* rb_fail for the one sentence that every failed allocation gets. */
enum rebound_code rb_no_memory(struct rebound_error *err) __attribute__((warn_unused_result));

/* Every cryptographic failure is this one code with this one sentence (proto/README.md): nothing tells which check
 * failed. */
enum rebound_code rb_crypto_failed(struct rebound_error *err) __attribute__((warn_unused_result));

#endif
