#include "admin/admin.h"

#include "handler/invite.h"

#include <string.h>

rb_result
rbd_admin_invite(const struct rbd_admin *admin, struct rbd_store_writer *writer, uint32_t uses, uint64_t life_ms,
                 struct rb_buf *out, struct rebound_error *err)
{
    struct rbd_invite_row row = {.uses_left = uses};
    struct rb_token token;
    char text[32];
    enum rebound_code rc = REBOUND_OK;

    rb_env_random(admin->env, token.bytes, sizeof token.bytes);
    rbd_invite_hash(&token, &row.token_hash);
    if (life_ms != 0)
        row.expires_ms = rb_env_wall_ms(admin->env) + life_ms;
    TRY(rbd_store_invite_put(writer, &row, err));
    rb_base64url_put(text, rb_token_slice(&token));
    TRY(rb_buf_append_slice(out, rb_slice_text(admin->link), err));
    TRY(rb_buf_append_slice(out, rb_slice_text(".i"), err));
    TRY(rb_buf_append_slice(out, rb_slice_text(text), err));
    TRY(rb_buf_put_u8(out, '\n', err));
out:
    return rc;
}
