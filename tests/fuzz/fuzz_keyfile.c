/* A key file, only looked at: what passes has parameters within the limits, and no other byte
 * decides. */
#include "fuzz/fuzz.h"

#include "vault/keyfile.h"

#include <stdlib.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rb_vault_kdf kdf;
    struct rb_vault_id id;

    if (rb_keyfile_check(rb_slice_of(data, size), &kdf, &id, NULL) != REBOUND_OK)
        return 0;
    require(size == RB_KEYFILE_SIZE);
    require(kdf.memory_kib >= RB_KEYFILE_MIN_KIB && kdf.memory_kib <= RB_KEYFILE_MAX_KIB);
    require(kdf.passes >= RB_KEYFILE_MIN_PASSES && kdf.passes <= RB_KEYFILE_MAX_PASSES);
    require(memcmp(id.bytes, data + 16, sizeof id.bytes) == 0);
    require(rb_keyfile_check(rb_slice_of(data, size), NULL, NULL, NULL) == REBOUND_OK);
    return 0;
}
