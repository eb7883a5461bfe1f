/* What devices are called: an entry of the journal for each, so that names are sealed and synced
 * like all else. */
#include "account/account_state.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/labels.h"
#include "vault/entries.h"

void
rb_account_device_entry(const struct rb_device_key *key, struct rb_entry_id *out)
{
    const struct rb_slice part = rb_device_key_slice(key);
    struct rb_hash hash;

    rb_hash(&hash, RB_LABEL_DEVICE_ENTRY, &part, 1);
    memcpy(out->bytes, hash.bytes, sizeof out->bytes);
}

/* At most `max` bytes of the text, whole characters. */
static size_t
cut_utf8(struct rb_slice text, size_t max)
{
    size_t len = text.len;

    if (len <= max)
        return len;
    len = max;
    while (len > 0 && (text.ptr[len] & 0xc0) == 0x80)
        len--;
    return len;
}

rb_result
rb_account_check_name(const char *name, struct rebound_error *err)
{
    struct rb_slice text = rb_slice_text(name);

    if (text.len == 0)
        return rb_fail(err, REBOUND_EMPTY, "A device needs a name.");
    if (text.len > RB_DEVICE_NAME_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE, "A device's name has at most %d bytes.",
                       RB_DEVICE_NAME_MAX);
    if (!rb_slice_is_utf8(text))
        return rb_fail(err, REBOUND_NOT_UTF8, "The device's name is not valid UTF-8.");
    return REBOUND_OK;
}

rb_result
rb_account_device_name(struct rb_vault *vault, const struct rb_device_key *key,
                       char out[RB_DEVICE_NAME_MAX + 1], struct rebound_error *err)
{
    struct rb_entry_state *state = NULL;
    const struct rb_entry_field *field;
    struct rb_slice name = {0};
    struct rb_entry_id id;
    struct rebound_error why;
    enum rebound_code rc;

    rb_account_device_entry(key, &id);
    rc = rb_entries_get(vault, &id, &state, &why);
    if (rc != REBOUND_OK && rc != REBOUND_NOT_FOUND) {
        if (err != NULL)
            *err = why;
        return rc;
    }
    field = state != NULL ? rb_entry_field(state, "name") : NULL;
    if (field != NULL)
        name = field->value;
    name.len = cut_utf8(name, RB_DEVICE_NAME_MAX);
    if (name.len > 0)
        memcpy(out, name.ptr, name.len);
    out[name.len] = '\0';
    rb_entry_state_free(state);
    return REBOUND_OK;
}

rb_result
rb_account_put_name(struct rb_vault *vault, const struct rb_stream_id *home,
                    const struct rb_device_key *device, const char *name, struct rebound_error *err)
{
    const struct rb_op ops[] = {
        {RB_OP_SET, rb_slice_text("kind"), rb_slice_text("device")},
        {RB_OP_SET, rb_slice_text("name"), rb_slice_text(name)},
    };
    struct rb_edit edit = {.ops = ops, .n_ops = sizeof ops / sizeof ops[0]};
    struct rb_buf bytes = {0};
    struct rb_hlc clock = {0};
    enum rebound_code rc = REBOUND_OK;

    rb_account_device_entry(device, &edit.entry);
    TRY(rb_entries_clock_get(vault, &clock, err));
    edit.stamp = rb_hlc_next(&clock, rb_env_wall_ms(rb_vault_env(vault)), device);
    TRY(rb_entries_clock_put(vault, &clock, err));
    TRY(rb_edit_encode(&edit, &bytes, err));
    edit.bytes = rb_buf_slice(&bytes);
    TRY(rb_entries_save(vault, home, &edit, 1, NULL, err));
out:
    rb_buf_free(&bytes);
    return rc;
}

/* --- the name of a successor --- */

static rb_result
is_taken(struct rb_account *account, const char *name, bool *out, struct rebound_error *err)
{
    const struct rb_rules *rules = account->rules;
    char other[RB_DEVICE_NAME_MAX + 1];
    bool taken = false;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < rb_rules_device_count(rules) && !taken; i++) {
        TRY(rb_account_device_name(account->vault, &rb_rules_device_at(rules, i)->key, other, err));
        taken = strcmp(other, name) == 0;
    }
    *out = taken;
out:
    return rc;
}

/* The length of a name without " (N)" behind it. */
static size_t
stem_of(const char *name)
{
    size_t len = strlen(name), end = len;

    if (len < 5 || name[len - 1] != ')')
        return len;
    for (end = len - 1; end > 0 && name[end - 1] >= '0' && name[end - 1] <= '9'; end--)
        ;
    if (end == len - 1 || end < 3 || name[end - 1] != '(' || name[end - 2] != ' ')
        return len;
    return end - 2;
}

rb_result
rb_account_name_successor(struct rb_account *account, const struct rb_device_key *old,
                          const struct rb_device_key *successor, struct rebound_error *err)
{
    char name[RB_DEVICE_NAME_MAX + 1], next[RB_DEVICE_NAME_MAX + 1], tail[16];
    bool taken = true;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_device_name(account->vault, successor, name, err));
    if (name[0] != '\0') /* named when the record was issued before */
        goto out;
    TRY(rb_account_device_name(account->vault, old, name, err));
    for (unsigned n = 2; taken; n++) {
        size_t room;

        (void)snprintf(tail, sizeof tail, " (%u)", n);
        room = cut_utf8(rb_slice_of(name, stem_of(name)), RB_DEVICE_NAME_MAX - strlen(tail));
        (void)snprintf(next, sizeof next, "%.*s%s", (int)room, name, tail);
        TRY(is_taken(account, next, &taken, err));
    }
    TRY(rb_account_put_name(account->vault, &account->id, successor, next, err));
out:
    return rc;
}
