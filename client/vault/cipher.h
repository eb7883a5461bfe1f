/* The vault's encryption: a SQLite VFS that seals every page, on top of another VFS that holds the files.
 *
 * Hides how pages, journals and their headers look on disk (proto/README.md, the vault). One instance is bound to one
 * vault key and registered under a name of its own; connections opened through that name read and write that vault.
 *
 * Invariants: (1) nothing but page numbers, journal headers, sizes and bytes 16..23 of page 1 stands on disk in plain;
 * (2) every seal takes a fresh 192-bit nonce from env; (3) a page opens only as the kind and number it was sealed as;
 * (4) what does not open is SQLITE_IOERR_DATA, a file that is no vault or of another key SQLITE_NOTADB, never other data;
 * (5) temporary files, super-journals, WAL and mmap are refused, and so are the pragmas that would ask for them.
 * Not detected: an older version of a page, of the whole file or of a hot journal put back, and a hot journal removed.
 *
 * Thread-safe as SQLite is: an instance may serve many connections in many threads; a connection is used by one at a time.
 */
#ifndef RB_VAULT_CIPHER_H
#define RB_VAULT_CIPHER_H

#include "base/env.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define RB_CIPHER_PAGE_SIZE 4096
#define RB_CIPHER_RESERVE 40 /* nonce 24, tag 16, at the end of each page */

struct rb_vault_key { /* secret: lives in rb_secret_new memory */
    uint8_t bytes[32];
};

struct rb_vault_id { /* names a vault key without telling of it: in page 1 (its first 8 bytes), key file and keyring */
    uint8_t bytes[16];
};
void rb_vault_key_id(const struct rb_vault_key *key, struct rb_vault_id *out);

#define RB_CIPHER_START 16 /* bytes of a database file that tell which key it is of */
/* Does a database that begins so say that it is of the key with this id? In clear, so a hint: opening it is the proof. */
bool rb_cipher_is_of(const uint8_t start[RB_CIPHER_START], const struct rb_vault_id *id);
/* Does it say that it is of a later form than this program knows? As much of a hint. */
bool rb_cipher_is_newer(const uint8_t start[RB_CIPHER_START]);

struct rb_cipher;

/* Registers a VFS over the one named `below` (NULL: SQLite's default), for this key, which is not kept: keys derived from
 * it are, in secret memory. Owned by the caller: rb_cipher_free. NO_MEMORY, MISUSE when there is no VFS `below`. */
rb_result rb_cipher_new(const struct rb_env *env, const struct rb_vault_key *key, const char *below,
                        struct rb_cipher **out, struct rebound_error *err);
/* Unregisters and wipes. Every connection through it must be closed. NULL is fine. */
void rb_cipher_free(struct rb_cipher *cipher);
/* The VFS's name for sqlite3_open_v2; borrowed. A copy through a cipher is made by VACUUM INTO
 * 'file:PATH?vfs=NAME&rebound_copy=1': without that parameter a file that is still empty tells SQLite a page size that
 * VACUUM INTO then may not set. The backup API would write plaintext to a plain VFS: do not use it. */
const char *rb_cipher_vfs(const struct rb_cipher *cipher);

#endif
