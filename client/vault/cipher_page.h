/* How one page of a vault looks on disk: sealed and opened, in memory, no file in sight. For cipher*.c alone.
 *
 * A sealed page is `ciphertext 4056 | nonce 24 | tag 16`, XChaCha20-Poly1305; associated data: kind, page number, and what
 * that kind adds. Page 1 of the database is `magic 8 | key id 8 | bytes 16..23 in clear | ciphertext 4032 | nonce | tag`,
 * its first 24 bytes authenticated. In memory the last 40 bytes are zero (proto/README.md, the vault).
 */
#ifndef RB_VAULT_CIPHER_PAGE_H
#define RB_VAULT_CIPHER_PAGE_H

#include "vault/cipher.h"

#include <stdbool.h>

#define RB_JOURNAL_HEADER_LEN 28 /* what SQLite writes of a journal's header; zeros follow to the end of the sector */
#define RB_JOURNAL_CODE_LEN 32   /* our code over it, kept in those zeros */

struct rb_cipher_keys { /* secret: lives in rb_secret_new memory */
    uint8_t page[32];
    uint8_t journal[32];
    uint8_t checksum[32];
    uint8_t header[32];
    struct rb_vault_id id; /* not a secret */
};

enum rb_page_opened { RB_PAGE_OPENED, RB_PAGE_FOREIGN /* no vault, or another key */, RB_PAGE_BAD /* altered or torn */ };

void rb_cipher_keys_derive(struct rb_cipher_keys *keys, const struct rb_vault_key *key);

/* Is it a page as SQLite must hand it over: nothing in the reserve; page 1 with the one header we know? */
bool rb_page_reserve_is_empty(const uint8_t plain[RB_CIPHER_PAGE_SIZE]);
bool rb_page_is_sound(uint32_t number, const uint8_t plain[RB_CIPHER_PAGE_SIZE]);
/* A database page, from `plain` to `sealed` (not overlapping) under a fresh nonce. */
void rb_page_seal(const struct rb_cipher_keys *keys, const struct rb_env *env, uint32_t number,
                  const uint8_t plain[RB_CIPHER_PAGE_SIZE], uint8_t sealed[RB_CIPHER_PAGE_SIZE]);
/* In place. What is in `page` after a failure is worthless, and nothing of the plaintext. */
enum rb_page_opened rb_page_open(const struct rb_cipher_keys *keys, uint32_t number,
                                 uint8_t page[RB_CIPHER_PAGE_SIZE]);

/* The image of a page in the rollback journal and the four bytes of SQLite's checksum behind it, in place: the image is
 * sealed with the checksum among its associated data, the checksum (made of plaintext) masked under the image's nonce. */
void rb_image_seal(const struct rb_cipher_keys *keys, const struct rb_env *env, uint32_t number,
                   uint8_t image[RB_CIPHER_PAGE_SIZE + 4]);
bool rb_image_open(const struct rb_cipher_keys *keys, uint32_t number, uint8_t image[RB_CIPHER_PAGE_SIZE + 4]);

/* The code over a journal header that stands at `offset` of the journal. */
void rb_journal_code(const struct rb_cipher_keys *keys, uint64_t offset, const uint8_t header[RB_JOURNAL_HEADER_LEN],
                     uint8_t out[RB_JOURNAL_CODE_LEN]);

/* The 100 bytes that SQLite takes page size and reserve from, for a file that has no page 1 (yet). */
void rb_page_made_up_header(uint8_t out[100]);

#endif
