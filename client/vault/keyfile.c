#include "vault/keyfile.h"

#include <sodium.h>
#include <string.h>

#include "base/hash.h"
#include "base/labels.h"
#include "base/secret.h"
#include "os/posix.h"

enum {
    ID_AT = 16,
    SALT_AT = 32,
    COMMITMENT_AT = 48,
    NONCE_AT = 80,
    WRAPPED_AT = 104,
    HEADER_LEN = NONCE_AT, /* the associated data */
    VERSION = 1,
    LATER_SIZE_MAX = 64 * 1024 /* of a later version's, read to tell that it is one */
};
_Static_assert(WRAPPED_AT + 32 + crypto_aead_xchacha20poly1305_ietf_ABYTES == RB_KEYFILE_SIZE, "as the header says");
_Static_assert(COMMITMENT_AT - SALT_AT == crypto_pwhash_argon2id_SALTBYTES, "as the header says");
_Static_assert(WRAPPED_AT - NONCE_AT == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "as the header says");

static const uint8_t magic[7] = {'R', 'B', 'K', 'E', 'Y', 0, 0};

struct stretched { /* in secret memory */
    uint8_t root[32]; /* what Argon2id yields */
    uint8_t wrap[32];
    uint8_t commitment[32];
};

static bool
is_within_limits(uint32_t memory_kib, uint32_t passes)
{
    return memory_kib >= RB_KEYFILE_MIN_KIB && memory_kib <= RB_KEYFILE_MAX_KIB && passes >= RB_KEYFILE_MIN_PASSES &&
           passes <= RB_KEYFILE_MAX_PASSES;
}

rb_result
rb_vault_key_new(const struct rb_env *env, struct rb_vault_key **out, struct rebound_error *err)
{
    struct rb_vault_key *key = rb_secret_new(sizeof *key);

    if (key == NULL)
        return rb_no_memory(err);
    rb_env_random(env, key->bytes, sizeof key->bytes);
    *out = key;
    return REBOUND_OK;
}

/* One Argon2id, with the parameters and the salt that stand in `file`, already found within the limits. The commitment
 * covers the parameters and the id beside them, so that a passphrase that is right under other ones does not fit. */
static rb_result
stretch(const uint8_t file[RB_KEYFILE_SIZE], struct rb_slice passphrase, struct stretched **out,
        struct rebound_error *err)
{
    struct stretched *keys = rb_secret_new(sizeof *keys);
    struct rb_slice header = rb_slice_of(file, COMMITMENT_AT);
    enum rebound_code rc = REBOUND_OK;

    if (keys == NULL)
        return rb_no_memory(err);
    if (crypto_pwhash_argon2id(keys->root, sizeof keys->root, (const char *)passphrase.ptr, passphrase.len,
                               file + SALT_AT, rb_load_u32(file + 12), (size_t)rb_load_u32(file + 8) * 1024,
                               crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
        TRY(rb_fail(err, REBOUND_NO_MEMORY, "The passphrase needs %u MiB of free memory for a moment, and there is not as "
                    "much. Close other programs and try again.", rb_load_u32(file + 8) / 1024));
    rb_derive(keys->wrap, keys->root, RB_LABEL_VAULT_WRAP, NULL, 0);
    rb_derive(keys->commitment, keys->root, RB_LABEL_VAULT_COMMIT, &header, 1);
    *out = keys;
    keys = NULL; /* now owned by the caller */
out:
    rb_secret_free(keys);
    return rc;
}

rb_result
rb_keyfile_wrap(const struct rb_env *env, const struct rb_vault_key *key, struct rb_slice passphrase,
                const struct rb_vault_kdf *kdf, uint8_t out[RB_KEYFILE_SIZE], struct rebound_error *err)
{
    uint32_t memory_kib = kdf == NULL || kdf->memory_kib == 0 ? RB_KEYFILE_DEFAULT_KIB : kdf->memory_kib;
    uint32_t passes = kdf == NULL || kdf->passes == 0 ? RB_KEYFILE_DEFAULT_PASSES : kdf->passes;
    uint8_t file[RB_KEYFILE_SIZE] = {0};
    struct stretched *keys = NULL;
    struct rb_vault_id id;
    enum rebound_code rc = REBOUND_OK;

    if (!is_within_limits(memory_kib, passes))
        return rb_fail(err, REBOUND_BAD_FORMAT, "A passphrase is stretched with 64 MiB to 1 GiB of memory and 3 to 10 passes, "
                       "not with %u KiB and %u passes.", memory_kib, passes);
    if (passphrase.len == 0)
        return rb_fail(err, REBOUND_EMPTY, "The passphrase is empty.");
    memcpy(file, magic, sizeof magic);
    file[sizeof magic] = VERSION;
    rb_store_u32(file + 8, memory_kib);
    rb_store_u32(file + 12, passes);
    rb_vault_key_id(key, &id);
    memcpy(file + ID_AT, id.bytes, sizeof id.bytes);
    rb_env_random(env, file + SALT_AT, COMMITMENT_AT - SALT_AT);
    TRY(stretch(file, passphrase, &keys, err));
    memcpy(file + COMMITMENT_AT, keys->commitment, sizeof keys->commitment);
    rb_env_random(env, file + NONCE_AT, WRAPPED_AT - NONCE_AT);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(file + WRAPPED_AT, NULL, key->bytes, sizeof key->bytes, file,
                                                     HEADER_LEN, NULL, file + NONCE_AT, keys->wrap);
    memcpy(out, file, sizeof file);
out:
    rb_secret_free(keys);
    return rc;
}

static rb_result
damaged(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_DAMAGED, "The journal's key file is damaged. Put back a copy of it from a backup, or recover the "
                   "account with its words.");
}

rb_result
rb_keyfile_check(struct rb_slice file, struct rb_vault_kdf *kdf_out, struct rb_vault_id *id_out,
                 struct rebound_error *err)
{
    struct rb_vault_kdf kdf;

    /* Version before length: what a later version holds is not ours to know. */
    if (file.len < 8 || memcmp(file.ptr, magic, sizeof magic) != 0 || file.ptr[sizeof magic] == 0)
        return damaged(err);
    if (file.ptr[sizeof magic] > VERSION)
        return rb_fail(err, REBOUND_TOO_NEW, "The journal's key file was written by a newer version of Rebound. Install that "
                       "version to open it.");
    if (file.len != RB_KEYFILE_SIZE)
        return damaged(err);
    kdf = (struct rb_vault_kdf){.memory_kib = rb_load_u32(file.ptr + 8), .passes = rb_load_u32(file.ptr + 12)};
    if (!is_within_limits(kdf.memory_kib, kdf.passes))
        return damaged(err);
    if (kdf_out != NULL)
        *kdf_out = kdf;
    if (id_out != NULL)
        memcpy(id_out->bytes, file.ptr + ID_AT, sizeof id_out->bytes);
    return REBOUND_OK;
}

rb_result
rb_keyfile_open(struct rb_slice file, struct rb_slice passphrase, struct rb_vault_key **out,
                struct rebound_error *err)
{
    struct stretched *keys = NULL;
    struct rb_vault_key *key = NULL;
    struct rb_vault_id id;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_keyfile_check(file, NULL, NULL, err));
    TRY(stretch(file.ptr, passphrase, &keys, err));
    if (!rb_equal_constant_time(keys->commitment, file.ptr + COMMITMENT_AT, sizeof keys->commitment))
        TRY(rb_fail(err, REBOUND_WRONG_SECRET, "The passphrase is wrong."));
    key = rb_secret_new(sizeof *key);
    if (key == NULL)
        TRY(rb_no_memory(err));
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(key->bytes, NULL, NULL, file.ptr + WRAPPED_AT,
                                                   RB_KEYFILE_SIZE - WRAPPED_AT, file.ptr, HEADER_LEN,
                                                   file.ptr + NONCE_AT, keys->wrap) != 0)
        TRY(damaged(err));
    rb_vault_key_id(key, &id);
    if (!rb_equal_constant_time(id.bytes, file.ptr + ID_AT, sizeof id.bytes))
        TRY(damaged(err));
    *out = key;
    key = NULL; /* now owned by the caller */
out:
    rb_secret_free(keys);
    rb_secret_free(key);
    return rc;
}

rb_result
rb_keyfile_read(const char *path, uint8_t out[RB_KEYFILE_SIZE], struct rebound_error *err)
{
    struct rb_buf file = {0};
    enum rebound_code rc = rb_os_read_file(path, LATER_SIZE_MAX, &file, err);

    if (rc == REBOUND_NOT_FOUND)
        TRY(rb_fail(err, REBOUND_NO_VAULT, "There is no journal here: %s is missing.", path));
    if (rc == REBOUND_TOO_LARGE)
        TRY(damaged(err));
    TRY(rc);
    TRY(rb_keyfile_check(rb_buf_slice(&file), NULL, NULL, err));
    memcpy(out, file.ptr, RB_KEYFILE_SIZE);
out:
    rb_buf_free(&file);
    return rc;
}

rb_result
rb_keyfile_write(const char *path, const uint8_t file[RB_KEYFILE_SIZE], struct rebound_error *err)
{
    return rb_os_write_file(path, rb_slice_of(file, RB_KEYFILE_SIZE), err);
}
