#include "sync/server_key.h"

#include "vault/settings.h"

#define NAME "server/next_key"
#define LINK_NAME "server/link"

rb_result
rb_server_keys_load(struct rb_vault *vault, const struct rb_server_key *pinned,
                    struct rb_server_keys_known *out, struct rebound_error *err)
{
    struct rb_server_keys_known known = {.pinned = *pinned};
    struct rb_server_key beside;
    struct rb_buf value = {0};
    struct rb_cursor c;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_settings_get(vault, NAME, &value, &found, err));
    c = rb_cursor_of(rb_buf_slice(&value));
    rb_cursor_get_bytes(&c, beside.bytes, sizeof beside.bytes);
    rb_cursor_get_bytes(&c, known.next.bytes, sizeof known.next.bytes);
    known.seen_ms = rb_cursor_get_u64(&c);
    known.used_ms = rb_cursor_get_u64(&c);
    /* One that was announced beside another key belongs to a server that this vault has left. */
    known.has_next = found && rb_cursor_is_done(&c) && rb_server_key_equal(&beside, pinned);
    *out = known;
out:
    rb_buf_free(&value);
    return rc;
}

size_t
rb_server_keys_to_try(const struct rb_server_keys_known *known, uint64_t wall_ms,
                      struct rb_server_key out[2])
{
    bool ripe = known->has_next && wall_ms >= known->seen_ms &&
                wall_ms - known->seen_ms >= RB_SERVER_KEY_WAIT_MS;

    out[0] = known->pinned;
    if (!known->has_next || (!ripe && known->used_ms == 0))
        return 1;
    out[1] = known->next;
    if (known->used_ms != 0) { /* the server is most likely to have this one */
        out[0] = known->next;
        out[1] = known->pinned;
    }
    return 2;
}

bool
rb_server_keys_note(struct rb_server_keys_known *known, const struct rb_server_key *used,
                    const struct rb_server_key *next, uint64_t wall_ms)
{
    bool news = false;

    if (known->has_next && rb_server_key_equal(used, &known->next)) {
        if (known->used_ms == 0) {
            known->used_ms = wall_ms;
            news = true;
        }
        news = news || wall_ms >= known->used_ms + RB_SERVER_KEY_KEEP_MS;
    } else if (next != NULL && !rb_server_key_equal(next, &known->pinned) &&
               (!known->has_next || !rb_server_key_equal(next, &known->next))) {
        *known = (struct rb_server_keys_known){
            .pinned = known->pinned, .has_next = true, .next = *next, .seen_ms = wall_ms};
        news = true;
    }
    return news;
}

rb_result
rb_server_keys_save(struct rb_vault *vault, struct rb_server_keys_known *known,
                    struct rb_link *link, uint64_t wall_ms, struct rebound_error *err)
{
    char text[RB_LINK_TEXT_MAX];
    struct rb_buf value = {0};
    enum rebound_code rc = REBOUND_OK;

    if (known->used_ms != 0 && wall_ms >= known->used_ms + RB_SERVER_KEY_KEEP_MS) {
        link->key = known->next;
        rb_link_print(link, false, text);
        TRY(rb_settings_put(vault, LINK_NAME, rb_slice_text(text), err));
        TRY(rb_settings_remove(vault, NAME, err));
        *known = (struct rb_server_keys_known){.pinned = known->next};
        goto out;
    }
    TRY(rb_buf_append(&value, known->pinned.bytes, sizeof known->pinned.bytes, err));
    TRY(rb_buf_append(&value, known->next.bytes, sizeof known->next.bytes, err));
    TRY(rb_buf_put_u64(&value, known->seen_ms, err));
    TRY(rb_buf_put_u64(&value, known->used_ms, err));
    TRY(rb_settings_put(vault, NAME, rb_buf_slice(&value), err));
out:
    rb_buf_free(&value);
    return rc;
}
