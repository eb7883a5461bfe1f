#include <string.h>

#include "vault/vault_state.h"

const char *
rb_vault_path(const struct rb_vault *vault, enum rb_vault_file file)
{
    return vault->paths[file];
}

static bool
is_there(const struct rb_vault *vault, enum rb_vault_file file)
{
    return rb_os_exists(rb_vault_path(vault, file));
}

/* --- which key file is in force --- */

/* The start of the database, zeros as far as it has none. */
static rb_result
read_start(const struct rb_vault *vault, uint8_t out[RB_CIPHER_START], struct rebound_error *err)
{
    size_t len = 0;
    enum rebound_code rc =
        rb_db_read_start(rb_vault_path(vault, RB_FILE_DB), NULL, RB_CIPHER_START, out, &len, err);

    if (rc == REBOUND_NOT_FOUND)
        return rb_fail(err, REBOUND_DAMAGED,
                       "The journal's database is missing: %s is not there, though its key file "
                       "is. Put a backup back, or link this device anew.",
                       rb_vault_path(vault, RB_FILE_DB));
    if (rc != REBOUND_OK)
        return rc;
    memset(out + len, 0, RB_CIPHER_START - len);
    return REBOUND_OK;
}

/* Whether the file is there, sound, and of the key of a database that begins so; `out` (may be
 * NULL) is filled when it is. Fails only where it could not look. */
static rb_result
look_at_key(const struct rb_vault *vault, enum rb_vault_file file,
            const uint8_t start[RB_CIPHER_START], uint8_t *out, bool *fits_out,
            struct rebound_error *err)
{
    struct rb_vault_id id;
    uint8_t bytes[RB_KEYFILE_SIZE];
    enum rebound_code rc = rb_keyfile_read(rb_vault_path(vault, file), bytes, err);

    *fits_out = false;
    if (rc == REBOUND_NO_VAULT || rc == REBOUND_DAMAGED || rc == REBOUND_TOO_NEW)
        return REBOUND_OK;
    TRY(rc);
    TRY(rb_keyfile_check(rb_slice_of(bytes, sizeof bytes), NULL, &id, err));
    *fits_out = rb_cipher_is_of(start, &id);
    if (*fits_out && out != NULL)
        memcpy(out, bytes, sizeof bytes);
out:
    return rc;
}

/* Neither key file fits: which sentence says best why. */
static rb_result
no_key_fits(const struct rb_vault *vault, struct rebound_error *err)
{
    uint8_t bytes[RB_KEYFILE_SIZE];
    enum rebound_code rc = rb_keyfile_read(rb_vault_path(vault, RB_FILE_KEY), bytes, err);

    if (rc == REBOUND_NO_VAULT)
        return rb_fail(err, REBOUND_DAMAGED,
                       "The journal's key file is missing: %s is not there, though its database "
                       "is. Put back a copy of it from a backup, or recover the account with its "
                       "words.",
                       rb_vault_path(vault, RB_FILE_KEY));
    if (rc != REBOUND_OK)
        return rc;
    return rb_fail(err, REBOUND_DAMAGED,
                   "The journal's key file and its database do not belong together, or the "
                   "database is damaged. Put a backup of both back, or link this device anew.");
}

static rb_result
look_for_key(struct rb_vault *vault, uint8_t out[RB_KEYFILE_SIZE], bool *fits_out,
             struct rebound_error *err)
{
    uint8_t start[RB_CIPHER_START];
    bool key = false, db = false;
    enum rebound_code rc = REBOUND_OK;

    *fits_out = true;
    if (vault->provisional)
        return rb_keyfile_read(rb_vault_path(vault, RB_FILE_KEY_NEW), out, err);
    if (vault->options.vfs != NULL) /* the database's start is out of reach; the key is the mark */
        return rb_keyfile_read(rb_vault_path(vault, RB_FILE_KEY), out, err);
    TRY(rb_os_look(rb_vault_path(vault, RB_FILE_KEY), &key, err));
    TRY(rb_os_look(rb_vault_path(vault, RB_FILE_DB), &db, err));
    if (!key && !db)
        return rb_fail(err, REBOUND_NO_VAULT, "There is no journal in %s.", vault->dir);
    TRY(read_start(vault, start, err));
    if (rb_cipher_is_newer(start))
        TRY(rb_fail(err, REBOUND_TOO_NEW,
                    "The journal's database was written by a newer version of Rebound. Install "
                    "that version to open it."));
    TRY(look_at_key(vault, RB_FILE_KEY, start, out, fits_out, err));
    if (!*fits_out)
        TRY(look_at_key(vault, RB_FILE_KEY_NEW, start, out, fits_out, err));
out:
    return rc;
}

rb_result
rb_vault_find_key(struct rb_vault *vault, uint8_t out[RB_KEYFILE_SIZE], struct rebound_error *err)
{
    uint8_t file[RB_KEYFILE_SIZE];
    bool fits = false;
    enum rebound_code rc = REBOUND_OK;

    /* Another process may be giving the vault a new key between one look and the next. */
    for (int i = 0; i < 3 && !fits; i++)
        TRY(look_for_key(vault, file, &fits, err));
    if (!fits)
        TRY(no_key_fits(vault, err));
    TRY(rb_keyfile_check(rb_slice_of(file, sizeof file), NULL, &vault->id, err));
    memcpy(out, file, sizeof file);
out:
    return rc;
}

/* --- leftovers --- */

/* `key.new` gets its name when it is the one in force. *settled_out false: it can't be told what is
 * a leftover, since the files are damaged. */
static rb_result
settle_key(struct rb_vault *vault, bool *settled_out, struct rebound_error *err)
{
    uint8_t start[RB_CIPHER_START];
    bool fits = false;
    enum rebound_code rc = REBOUND_OK;

    *settled_out = true;
    if (!is_there(vault, RB_FILE_DB)) {
        *settled_out = !is_there(vault, RB_FILE_KEY);
        return REBOUND_OK;
    }
    TRY(read_start(vault, start, err));
    TRY(look_at_key(vault, RB_FILE_KEY, start, NULL, &fits, err));
    if (fits)
        return REBOUND_OK;
    TRY(look_at_key(vault, RB_FILE_KEY_NEW, start, NULL, &fits, err));
    if (fits)
        TRY(rb_os_rename(rb_vault_path(vault, RB_FILE_KEY_NEW), rb_vault_path(vault, RB_FILE_KEY),
                         err));
    *settled_out = fits;
out:
    return rc;
}

rb_result
rb_vault_settle_files(struct rb_vault *vault, struct rebound_error *err)
{
    bool settled;
    enum rebound_code rc = REBOUND_OK;

    if (vault->options.vfs != NULL)
        return rb_os_remove_file(rb_vault_path(vault, RB_FILE_KEY_NEW), err);
    TRY(settle_key(vault, &settled, err));
    if (!settled)
        return REBOUND_OK; /* whatever is left may be of use */
    TRY(rb_os_remove_file(rb_vault_path(vault, RB_FILE_KEY_NEW), err));
    TRY(rb_os_remove_file(rb_vault_path(vault, RB_FILE_DB_NEW), err));
    TRY(rb_os_remove_file(rb_vault_path(vault, RB_FILE_DB_NEW_JOURNAL), err));
out:
    return rc;
}

void
rb_vault_tidy(struct rb_vault *vault)
{
    int lock = -1;

    if (vault->options.vfs != NULL ||
        (!is_there(vault, RB_FILE_KEY_NEW) && !is_there(vault, RB_FILE_DB_NEW)))
        return;
    /* Held: somebody is at work on them. Any failure: they stay, and do no harm. */
    if (rb_os_lock(rb_vault_path(vault, RB_FILE_LOCK), 0, &lock, NULL) != REBOUND_OK)
        return;
    (void)!rb_vault_settle_files(vault, NULL);
    rb_os_unlock(lock);
}

/* --- the stamp --- */

rb_result
rb_vault_stamp_read(const struct rb_vault *vault, struct rb_vault_stamp *out,
                    struct rebound_error *err)
{
    struct rb_buf bytes = {0};
    enum rebound_code rc =
        rb_os_read_file(rb_vault_path(vault, RB_FILE_STAMP), sizeof out->bytes, &bytes, err);

    /* A stamp that is none of ours differs from the next one too, which is all it is for. */
    if (rc == REBOUND_OK || rc == REBOUND_NOT_FOUND || rc == REBOUND_TOO_LARGE) {
        memset(out, 0, sizeof *out);
        if (bytes.len > 0)
            memcpy(out->bytes, bytes.ptr, bytes.len);
        rc = REBOUND_OK;
    }
    rb_buf_free(&bytes);
    return rc;
}

rb_result
rb_vault_stamp_renew(const struct rb_vault *vault, struct rebound_error *err)
{
    const char *path = rb_vault_path(vault, RB_FILE_STAMP);
    struct rb_vault_stamp stamp;
    enum rebound_code rc;

    rb_env_random(vault->env, stamp.bytes, sizeof stamp.bytes);
    rc = rb_os_write_file(path, rb_slice_of(stamp.bytes, sizeof stamp.bytes), err);
    /* On a full disk: no stamp differs from one as well. */
    if (rc == REBOUND_NO_SPACE && rb_os_exists(path))
        rc = rb_os_remove_file(path, err);
    return rc;
}
