#include "vault/cipher_page.h"

#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/labels.h"

enum {
    NONCE_AT = RB_CIPHER_PAGE_SIZE - RB_CIPHER_RESERVE,
    TAG_AT = NONCE_AT + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    CLEAR_LEN = 24, /* of page 1 */
    AD_MAX = 5 + CLEAR_LEN
};
_Static_assert(TAG_AT + crypto_aead_xchacha20poly1305_ietf_ABYTES == RB_CIPHER_PAGE_SIZE, "the reserve holds both");

enum kind { KIND_DATABASE = 1, KIND_JOURNAL = 2 };

static const uint8_t magic[8] = {'R', 'B', 'V', 'A', 'U', 'L', 'T', 1};

void
rb_vault_key_id(const struct rb_vault_key *key, struct rb_vault_id *out)
{
    uint8_t hash[32];

    rb_derive(hash, key->bytes, RB_LABEL_VAULT_ID, NULL, 0);
    memcpy(out->bytes, hash, sizeof out->bytes);
}

bool
rb_cipher_is_of(const uint8_t start[RB_CIPHER_START], const struct rb_vault_id *id)
{
    return memcmp(start, magic, sizeof magic) == 0 && memcmp(start + sizeof magic, id->bytes, 8) == 0;
}

bool
rb_cipher_is_newer(const uint8_t start[RB_CIPHER_START])
{
    return memcmp(start, magic, sizeof magic - 1) == 0 && start[sizeof magic - 1] > magic[sizeof magic - 1];
}

void
rb_cipher_keys_derive(struct rb_cipher_keys *keys, const struct rb_vault_key *key)
{
    rb_derive(keys->page, key->bytes, RB_LABEL_VAULT_PAGE, NULL, 0);
    rb_derive(keys->journal, key->bytes, RB_LABEL_VAULT_JOURNAL, NULL, 0);
    rb_derive(keys->checksum, key->bytes, RB_LABEL_VAULT_CHECKSUM, NULL, 0);
    rb_derive(keys->header, key->bytes, RB_LABEL_VAULT_HEADER, NULL, 0);
    rb_vault_key_id(key, &keys->id);
}

bool
rb_page_reserve_is_empty(const uint8_t plain[RB_CIPHER_PAGE_SIZE])
{
    return sodium_is_zero(plain + NONCE_AT, RB_CIPHER_RESERVE);
}

bool
rb_page_is_sound(uint32_t number, const uint8_t plain[RB_CIPHER_PAGE_SIZE])
{
    uint8_t expected[100];

    if (!rb_page_reserve_is_empty(plain))
        return false;
    if (number != 1)
        return true;
    rb_page_made_up_header(expected);
    return memcmp(plain, expected, CLEAR_LEN) == 0;
}

/* Seals all but the first `clear` bytes of the page, which must stand in both already and are authenticated. */
static void
seal(const uint8_t key[32], const struct rb_env *env, enum kind kind, uint32_t number, const uint8_t *extra,
     size_t extra_len, const uint8_t *plain, uint8_t *sealed, size_t clear)
{
    uint8_t ad[AD_MAX] = {(uint8_t)kind};

    rb_store_u32(ad + 1, number);
    if (extra_len > 0)
        memcpy(ad + 5, extra, extra_len);
    rb_env_random(env, sealed + NONCE_AT, TAG_AT - NONCE_AT);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt_detached(sealed + clear, sealed + TAG_AT, NULL, plain + clear,
                                                              NONCE_AT - clear, ad, 5 + extra_len, NULL,
                                                              sealed + NONCE_AT, key);
}

static bool
unseal(const uint8_t key[32], enum kind kind, uint32_t number, const uint8_t *extra, size_t extra_len, uint8_t *page,
       size_t clear)
{
    uint8_t ad[AD_MAX] = {(uint8_t)kind};

    rb_store_u32(ad + 1, number);
    if (extra_len > 0)
        memcpy(ad + 5, extra, extra_len);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(page + clear, NULL, page + clear, NONCE_AT - clear,
                                                            page + TAG_AT, ad, 5 + extra_len, page + NONCE_AT,
                                                            key) != 0)
        return false;
    memset(page + NONCE_AT, 0, RB_CIPHER_RESERVE);
    return true;
}

void
rb_page_seal(const struct rb_cipher_keys *keys, const struct rb_env *env, uint32_t number,
             const uint8_t plain[RB_CIPHER_PAGE_SIZE], uint8_t sealed[RB_CIPHER_PAGE_SIZE])
{
    size_t clear = 0;

    if (number == 1) {
        memcpy(sealed, magic, sizeof magic);
        memcpy(sealed + 8, keys->id.bytes, 8);
        memcpy(sealed + 16, plain + 16, 8);
        clear = CLEAR_LEN;
    }
    seal(keys->page, env, KIND_DATABASE, number, sealed, clear, plain, sealed, clear);
}

enum rb_page_opened
rb_page_open(const struct rb_cipher_keys *keys, uint32_t number, uint8_t page[RB_CIPHER_PAGE_SIZE])
{
    size_t clear = number == 1 ? CLEAR_LEN : 0;
    uint8_t header[100];

    if (number == 1 && !rb_cipher_is_of(page, &keys->id))
        return RB_PAGE_FOREIGN;
    if (!unseal(keys->page, KIND_DATABASE, number, page, clear, page, clear))
        return RB_PAGE_BAD;
    if (number == 1) {
        rb_page_made_up_header(header);
        memcpy(page, header, 16);
    }
    return RB_PAGE_OPENED;
}

/* Adds (exclusive or) the mask that hides a checksum. */
static void
mask(const struct rb_cipher_keys *keys, const uint8_t *nonce, uint8_t checksum[4])
{
    struct rb_slice part = rb_slice_of(nonce, TAG_AT - NONCE_AT);
    uint8_t stream[32];

    rb_derive(stream, keys->checksum, RB_LABEL_VAULT_CHECKSUM, &part, 1);
    for (int i = 0; i < 4; i++)
        checksum[i] ^= stream[i];
}

void
rb_image_seal(const struct rb_cipher_keys *keys, const struct rb_env *env, uint32_t number,
              uint8_t image[RB_CIPHER_PAGE_SIZE + 4])
{
    uint8_t *checksum = image + RB_CIPHER_PAGE_SIZE;

    seal(keys->journal, env, KIND_JOURNAL, number, checksum, 4, image, image, 0);
    mask(keys, image + NONCE_AT, checksum);
}

bool
rb_image_open(const struct rb_cipher_keys *keys, uint32_t number, uint8_t image[RB_CIPHER_PAGE_SIZE + 4])
{
    uint8_t *checksum = image + RB_CIPHER_PAGE_SIZE;

    mask(keys, image + NONCE_AT, checksum);
    return unseal(keys->journal, KIND_JOURNAL, number, checksum, 4, image, 0);
}

void
rb_journal_code(const struct rb_cipher_keys *keys, uint64_t offset, const uint8_t header[RB_JOURNAL_HEADER_LEN],
                uint8_t out[RB_JOURNAL_CODE_LEN])
{
    uint8_t at[8] = {0};
    struct rb_slice parts[] = {rb_slice_of(at, sizeof at), rb_slice_of(header, RB_JOURNAL_HEADER_LEN)};

    rb_store_u64(at, offset);
    rb_derive(out, keys->header, RB_LABEL_VAULT_HEADER, parts, 2);
}

void
rb_page_made_up_header(uint8_t out[100])
{
    static const char text[16] = "SQLite format 3";

    memset(out, 0, 100);
    memcpy(out, text, sizeof text);
    rb_store_u16(out + 16, RB_CIPHER_PAGE_SIZE);
    out[18] = 1; /* written and read in a rollback journal's mode: never WAL */
    out[19] = 1;
    out[20] = RB_CIPHER_RESERVE;
    out[21] = 64; /* the payload fractions, which are fixed */
    out[22] = 32;
    out[23] = 32;
}
