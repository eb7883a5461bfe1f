#include "vault/cipher.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "vault/cipher_file.h"

/* --- what both kinds of file pass on --- */

static struct rb_cipher_file *
file_of(sqlite3_file *base)
{
    return (struct rb_cipher_file *)(void *)base;
}

int
rb_cipher_close(sqlite3_file *base)
{
    struct rb_cipher_file *file = file_of(base);

    if (file->db != NULL) {
        rb_wipe(file->db, sizeof *file->db);
        sqlite3_free(file->db);
    }
    if (file->journal != NULL) {
        rb_wipe(file->journal, sizeof *file->journal);
        sqlite3_free(file->journal);
    }
    file->db = NULL;
    file->journal = NULL;
    return file->below->pMethods == NULL ? SQLITE_OK : file->below->pMethods->xClose(file->below);
}

int
rb_cipher_sync(sqlite3_file *base, int flags)
{
    sqlite3_file *below = file_of(base)->below;

    return below->pMethods->xSync(below, flags);
}

int
rb_cipher_lock_state(sqlite3_file *base, int *out)
{
    sqlite3_file *below = file_of(base)->below;

    return below->pMethods->xCheckReservedLock(below, out);
}

int
rb_cipher_sector_size(sqlite3_file *base)
{
    sqlite3_file *below = file_of(base)->below;

    return below->pMethods->xSectorSize == NULL ? RB_CIPHER_PAGE_SIZE : below->pMethods->xSectorSize(below);
}

/* A sealed page is never written atomically with its neighbours, and an append of ours is no safer than another: of what
 * the files below promise only this is passed on. */
int
rb_cipher_characteristics(sqlite3_file *base)
{
    sqlite3_file *below = file_of(base)->below;

    return below->pMethods->xDeviceCharacteristics(below) & SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* Pragmas that would put plaintext on disk, change the page's shape or weaken a commit: the values that change nothing
 * are let through, and so is asking. NULL ends the list. */
static const struct {
    const char *name;
    const char *allowed[3];
} guarded[] = {
    {"journal_mode", {"truncate", NULL}},
    {"page_size", {"4096", NULL}},
    {"temp_store", {"memory", "2", NULL}},
    {"temp_store_directory", {NULL}},
    {"data_store_directory", {NULL}},
    {"locking_mode", {"normal", NULL}},
    {"synchronous", {"full", "extra", NULL}},
    {"mmap_size", {"0", NULL}},
    {"cache_spill", {"off", "0", NULL}},
};

static int
guard_pragma(char **arguments)
{
    const char *name = arguments[1], *value = arguments[2];

    if (name == NULL || value == NULL)
        return SQLITE_NOTFOUND;
    for (size_t i = 0; i < sizeof guarded / sizeof guarded[0]; i++) {
        if (sqlite3_stricmp(name, guarded[i].name) != 0)
            continue;
        for (size_t k = 0; guarded[i].allowed[k] != NULL; k++)
            if (sqlite3_stricmp(value, guarded[i].allowed[k]) == 0)
                return SQLITE_NOTFOUND; /* SQLite's word for "go on with it" */
        arguments[0] = sqlite3_mprintf("%s stays as it is in a vault", guarded[i].name);
        return SQLITE_ERROR;
    }
    return SQLITE_NOTFOUND;
}

int
rb_cipher_control(sqlite3_file *base, int op, void *arg)
{
    sqlite3_file *below = file_of(base)->below;

    switch (op) {
    case SQLITE_FCNTL_PRAGMA:
        return guard_pragma(arg);
    case SQLITE_FCNTL_SIZE_HINT:
    case SQLITE_FCNTL_CHUNK_SIZE: /* both would make the file longer by pages that were never sealed */
        return SQLITE_OK;
    case SQLITE_FCNTL_MMAP_SIZE:
    case SQLITE_FCNTL_BEGIN_ATOMIC_WRITE:
    case SQLITE_FCNTL_COMMIT_ATOMIC_WRITE:
    case SQLITE_FCNTL_ROLLBACK_ATOMIC_WRITE:
        return SQLITE_NOTFOUND;
    default:
        return below->pMethods->xFileControl(below, op, arg);
    }
}

/* --- the VFS --- */

static const struct rb_cipher *
cipher_of(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *flags_out)
{
    const struct rb_cipher *cipher = cipher_of(vfs);
    struct rb_cipher_file *file = file_of(base);
    int rc = SQLITE_NOMEM;

    memset(file, 0, sizeof *file); /* pMethods NULL: SQLite closes nothing when this fails */
    /* A temporary file, a statement's own journal, a super-journal or a WAL would hold what was written, in plain. */
    if (name == NULL || (flags & SQLITE_OPEN_DELETEONCLOSE) != 0 ||
        (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL)) == 0)
        return SQLITE_CANTOPEN;
    file->cipher = cipher;
    file->below = (sqlite3_file *)(void *)(file + 1);
    memset(file->below, 0, (size_t)cipher->below->szOsFile);
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
        if ((file->db = sqlite3_malloc((int)sizeof *file->db)) == NULL)
            goto out;
        memset(file->db, 0, sizeof *file->db);
        file->db->is_copy = sqlite3_uri_boolean(name, "rebound_copy", 0) != 0;
    } else {
        if ((file->journal = sqlite3_malloc((int)sizeof *file->journal)) == NULL)
            goto out;
        memset(file->journal, 0, sizeof *file->journal);
        file->journal->header_at = -1;
    }
    rc = cipher->below->xOpen(cipher->below, name, file->below, flags, flags_out);
out:
    if (rc != SQLITE_OK)
        (void)rb_cipher_close(base);
    else
        file->base.pMethods = file->db != NULL ? &rb_cipher_db_methods : &rb_cipher_journal_methods;
    return rc;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    sqlite3_vfs *below = cipher_of(vfs)->below;

    return below->xDelete(below, name, sync_folder);
}

static int
vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    sqlite3_vfs *below = cipher_of(vfs)->below;
    size_t len = strlen(name);

    /* A vault has no WAL. A file of that name was put there by something else and must not keep us out. */
    if (len > 4 && strcmp(name + len - 4, "-wal") == 0) {
        *out = 0;
        return SQLITE_OK;
    }
    return below->xAccess(below, name, flags, out);
}

static int
vfs_full_name(sqlite3_vfs *vfs, const char *name, int len, char *out)
{
    sqlite3_vfs *below = cipher_of(vfs)->below;

    return below->xFullPathname(below, name, len, out);
}

static int
vfs_randomness(sqlite3_vfs *vfs, int len, char *out)
{
    rb_env_random(cipher_of(vfs)->env, out, (size_t)len);
    return len;
}

static int
vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    sqlite3_vfs *below = cipher_of(vfs)->below;

    return below->xSleep(below, microseconds);
}

static int
vfs_time(sqlite3_vfs *vfs, double *out)
{
    sqlite3_vfs *below = cipher_of(vfs)->below;

    return below->xCurrentTime(below, out);
}

static int
vfs_last_error(sqlite3_vfs *vfs, int len, char *out)
{
    sqlite3_vfs *below = cipher_of(vfs)->below;

    return below->xGetLastError == NULL ? 0 : below->xGetLastError(below, len, out);
}

/* No extension is ever loaded through a vault's connection. */
static void *
vfs_dl_open(sqlite3_vfs *vfs, const char *name)
{
    (void)vfs;
    (void)name;
    return NULL;
}

static void
vfs_dl_error(sqlite3_vfs *vfs, int len, char *out)
{
    (void)vfs;
    sqlite3_snprintf(len, out, "extensions are off in a vault");
}

static void (*vfs_dl_sym(sqlite3_vfs *vfs, void *library, const char *name))(void)
{
    (void)vfs;
    (void)library;
    (void)name;
    return NULL;
}

static void
vfs_dl_close(sqlite3_vfs *vfs, void *library)
{
    (void)vfs;
    (void)library;
}

static void
describe(struct rb_cipher *cipher)
{
    /* The address is this instance's own for as long as it is registered. */
    (void)snprintf(cipher->name, sizeof cipher->name, "rebound-%" PRIxPTR, (uintptr_t)cipher);
    cipher->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct rb_cipher_file) + cipher->below->szOsFile,
        .mxPathname = cipher->below->mxPathname,
        .zName = cipher->name,
        .pAppData = cipher,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_name,
        .xDlOpen = vfs_dl_open,
        .xDlError = vfs_dl_error,
        .xDlSym = vfs_dl_sym,
        .xDlClose = vfs_dl_close,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_last_error,
    };
}

rb_result
rb_cipher_new(const struct rb_env *env, const struct rb_vault_key *key, const char *below, struct rb_cipher **out,
              struct rebound_error *err)
{
    struct rb_cipher *cipher = NULL;
    enum rebound_code rc = REBOUND_OK;

    _Static_assert(sizeof(struct rb_cipher_file) % 8 == 0, "the file below stands aligned behind it");
    if (sqlite3_initialize() != SQLITE_OK)
        return rb_no_memory(err);
    cipher = sqlite3_malloc((int)sizeof *cipher);
    if (cipher == NULL)
        return rb_no_memory(err);
    memset(cipher, 0, sizeof *cipher);
    cipher->env = env;
    cipher->below = sqlite3_vfs_find(below);
    if (cipher->below == NULL)
        TRY(rb_fail(err, REBOUND_MISUSE, "There is no way to open files by the name of \"%s\".",
                    below == NULL ? "(default)" : below));
    cipher->keys = rb_secret_new(sizeof *cipher->keys);
    if (cipher->keys == NULL)
        TRY(rb_no_memory(err));
    rb_cipher_keys_derive(cipher->keys, key);
    describe(cipher);
    if (sqlite3_vfs_register(&cipher->vfs, 0) != SQLITE_OK)
        TRY(rb_no_memory(err));
    *out = cipher;
    cipher = NULL; /* now owned by the caller */
out:
    if (cipher != NULL) {
        rb_secret_free(cipher->keys);
        sqlite3_free(cipher);
    }
    return rc;
}

void
rb_cipher_free(struct rb_cipher *cipher)
{
    if (cipher == NULL)
        return;
    (void)sqlite3_vfs_unregister(&cipher->vfs);
    rb_secret_free(cipher->keys);
    sqlite3_free(cipher);
}

const char *
rb_cipher_vfs(const struct rb_cipher *cipher)
{
    return cipher->name;
}
