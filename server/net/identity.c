#include "net/identity.h"

#include "base/secret.h"
#include "os/posix.h"

#include <stdio.h>
#include <string.h>

static const char magic[8] = {'R', 'B', 'S', 'K', 0, 0, 0, 1};
#define FILE_SIZE (sizeof magic + 64)

static rb_result
parse(struct rb_slice bytes, const char *path, struct rbd_identity *out, struct rebound_error *err)
{
    if (bytes.len != FILE_SIZE || memcmp(bytes.ptr, magic, sizeof magic) != 0 ||
        !rb_server_keys_from_secret(bytes.ptr + sizeof magic, &out->current) ||
        !rb_server_keys_from_secret(bytes.ptr + sizeof magic + 32, &out->next))
        return rb_fail(err, REBOUND_DAMAGED,
                       "%s is damaged: it does not hold the server's key. Put it back from a backup; with a new key every "
                       "device must connect anew.",
                       path);
    return REBOUND_OK;
}

rb_result
rbd_identity_load(const struct rb_env *env, const char *folder, struct rbd_identity **out, bool *made_out,
                  struct rebound_error *err)
{
    struct rbd_identity *identity = rb_secret_new(sizeof *identity);
    struct rb_buf bytes = {0};
    char path[4096];
    bool made = false;
    enum rebound_code rc = REBOUND_OK;

    if (identity == NULL)
        TRY(rb_no_memory(err));
    (void)snprintf(path, sizeof path, "%s/identity.key", folder);
    rc = rb_os_read_file(path, FILE_SIZE + 1, &bytes, err);
    if (rc == REBOUND_NOT_FOUND) {
        made = true;
        TRY(rb_buf_append(&bytes, magic, sizeof magic, err));
        TRY(rb_buf_append_zeros(&bytes, 64, err));
        rb_env_random(env, bytes.ptr + sizeof magic, 64);
        TRY(rb_os_write_file(path, rb_buf_slice(&bytes), err));
    }
    TRY(rc);
    TRY(parse(rb_buf_slice(&bytes), path, identity, err));
    *out = identity;
    identity = NULL; /* now owned by the caller */
    *made_out = made;
out:
    rb_buf_free(&bytes);
    rbd_identity_free(identity);
    return rc;
}

void
rbd_identity_free(struct rbd_identity *identity)
{
    rb_secret_free(identity);
}
