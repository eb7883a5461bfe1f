/* Secrets: memory that is locked, guarded and wiped, and comparison in constant time.
 *
 * Backed by sodium_malloc (guard pages, mlock when the limit allows, MADV_DONTDUMP). Failing to lock is no failure:
 * rb_secret_is_locked tells, `doctor` shows it. Thread-safe.
 */
#ifndef RB_BASE_SECRET_H
#define RB_BASE_SECRET_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Must be called once before any cryptography, by every program and by the library at its first use. */
rb_result rb_secret_init(struct rebound_error *err);

/* Zeroed secret memory; NULL when there is none. Owned by the caller; costs some pages, so one per key or key set. */
void *rb_secret_new(size_t size) __attribute__((warn_unused_result));
void rb_secret_free(void *secret); /* wipes; NULL is fine */
bool rb_secret_is_locked(void);    /* false once any rb_secret_new could not lock its memory */

void rb_wipe(void *ptr, size_t len);
bool rb_equal_constant_time(const void *a, const void *b, size_t len);

#endif
