#include "base/secret.h"

#include <sodium.h>
#include <stdatomic.h>

/* Whether any secret could not be locked into memory: a fact about the process, told to `doctor`, never decided upon. */
static atomic_bool lock_failed;

rb_result
rb_secret_init(struct rebound_error *err)
{
    if (sodium_init() < 0)
        return rb_fail(err, REBOUND_FAILED,
                       "The system has no source of random numbers, so nothing can be encrypted. Nothing was changed.");
    return REBOUND_OK;
}

void *
rb_secret_new(size_t size)
{
    void *secret = sodium_malloc(size);

    if (secret == NULL)
        return NULL;
    /* sodium_malloc locks its pages but does not tell when that failed; asking again does, and is harmless. */
    if (sodium_mlock(secret, size) != 0)
        atomic_store(&lock_failed, true);
    sodium_memzero(secret, size);
    return secret;
}

void
rb_secret_free(void *secret)
{
    sodium_free(secret);
}

bool
rb_secret_is_locked(void)
{
    return !atomic_load(&lock_failed);
}

void
rb_wipe(void *ptr, size_t len)
{
    sodium_memzero(ptr, len);
}

bool
rb_equal_constant_time(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}
