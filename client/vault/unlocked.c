#include "vault/unlocked.h"

#include <errno.h>
#include <keyutils.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "os/posix.h"

enum { DESCRIPTION_LEN = 8 + 2 * 16 + 1 };

static const char key_type[] = "user";

static void
describe(char out[DESCRIPTION_LEN], const struct rb_vault_id *id)
{
    memcpy(out, "rebound:", 8);
    rb_hex_put(out + 8, rb_slice_of(id->bytes, sizeof id->bytes));
}

static rb_result
no_keyring(struct rebound_error *err, const char *doing)
{
    return rb_fail(err, REBOUND_FAILED, "There is no kernel keyring here that can keep the journal unlocked (%s: %s). Every "
                   "command will ask for the passphrase.", doing, rb_os_reason(errno));
}

/* The key's serial number in the user keyring, or -1 with errno. */
static key_serial_t
find(const struct rb_vault_id *id)
{
    char description[DESCRIPTION_LEN];

    describe(description, id);
    return (key_serial_t)keyctl_search(KEY_SPEC_USER_KEYRING, key_type, description, 0);
}

bool
rb_unlocked_is_available(void)
{
    /* A search that finds nothing proves that there is a keyring and that it may be searched. */
    return keyctl_get_keyring_ID(KEY_SPEC_USER_KEYRING, 0) >= 0 &&
           (keyctl_search(KEY_SPEC_USER_KEYRING, key_type, "rebound:none", 0) >= 0 || errno == ENOKEY);
}

rb_result
rb_unlocked_put(const struct rb_vault_id *id, const struct rb_vault_key *key, uint32_t seconds,
                struct rebound_error *err)
{
    const key_perm_t mine = KEY_POS_VIEW | KEY_POS_READ | KEY_POS_SEARCH | KEY_POS_LINK | KEY_POS_SETATTR |
                            KEY_USR_VIEW | KEY_USR_READ | KEY_USR_SEARCH | KEY_USR_SETATTR;
    char description[DESCRIPTION_LEN];
    key_serial_t old, serial = -1;
    enum rebound_code rc = REBOUND_OK;

    if (seconds == 0)
        return rb_fail(err, REBOUND_MISUSE, "How long the journal stays unlocked is at least one second.");
    describe(description, id);
    old = find(id);
    serial = add_key(key_type, description, key->bytes, sizeof key->bytes, KEY_SPEC_PROCESS_KEYRING);
    if (serial < 0)
        TRY(no_keyring(err, "add_key"));
    /* The end first, and only then where other processes find it. Linking replaces one of the same name. */
    if (keyctl_setperm(serial, mine) != 0)
        TRY(no_keyring(err, "setperm"));
    if (keyctl_set_timeout(serial, seconds) != 0)
        TRY(no_keyring(err, "set_timeout"));
    if (keyctl_link(serial, KEY_SPEC_USER_KEYRING) != 0)
        TRY(no_keyring(err, "link"));
    if (old >= 0 && old != serial)
        (void)keyctl_revoke(old); /* other processes may still hold it */
out:
    if (serial >= 0) {
        if (rc != REBOUND_OK)
            (void)keyctl_revoke(serial);
        (void)keyctl_unlink(serial, KEY_SPEC_PROCESS_KEYRING);
    }
    return rc;
}

rb_result
rb_unlocked_get(const struct rb_vault_id *id, struct rb_vault_key **out, struct rebound_error *err)
{
    struct rb_vault_key *key = NULL;
    struct rb_vault_id found;
    key_serial_t serial = find(id);
    enum rebound_code rc = REBOUND_OK;

    if (serial < 0)
        TRY(rb_fail(err, REBOUND_LOCKED, "The journal is locked. Unlock it, or give the passphrase."));
    key = rb_secret_new(sizeof *key);
    if (key == NULL)
        TRY(rb_no_memory(err));
    if (keyctl_read(serial, (char *)key->bytes, sizeof key->bytes) != (long)sizeof key->bytes)
        TRY(rb_fail(err, REBOUND_LOCKED, "The journal was locked just now. Unlock it, or give the passphrase."));
    rb_vault_key_id(key, &found);
    if (!rb_equal_constant_time(found.bytes, id->bytes, sizeof found.bytes)) /* anyone of this user can put a key there */
        TRY(rb_fail(err, REBOUND_LOCKED, "What the kernel's keyring holds is not this journal's key. Give the passphrase."));
    *out = key;
    key = NULL; /* now owned by the caller */
out:
    rb_secret_free(key);
    return rc;
}

bool
rb_unlocked_is_there(const struct rb_vault_id *id)
{
    return find(id) >= 0;
}

rb_result
rb_unlocked_forget(const struct rb_vault_id *id, struct rebound_error *err)
{
    key_serial_t serial = find(id);

    if (serial < 0)
        return REBOUND_OK;
    if (keyctl_revoke(serial) != 0 && errno != EKEYREVOKED && errno != EKEYEXPIRED && errno != ENOKEY)
        return rb_fail(err, REBOUND_FAILED, "The kernel did not give up the journal's key: %s. Log out to lock it.",
                       rb_os_reason(errno));
    (void)keyctl_unlink(serial, KEY_SPEC_USER_KEYRING); /* it is of no use any more, wherever it is linked */
    return REBOUND_OK;
}
