/* What every fuzz target has: its entry, a check that ends it, an environment whose chance is
 * known. */
#ifndef T_FUZZ_FUZZ_H
#define T_FUZZ_FUZZ_H

#include "base/env.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
require(bool holds)
{
    if (!holds)
        abort();
}

/* For rb_env.random: sevens. */
static inline void
draw_sevens(void *ctx, void *out, size_t len)
{
    (void)ctx;
    memset(out, 7, len);
}

#endif
