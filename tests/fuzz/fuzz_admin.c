/* A command line that came through the operator's socket: it is answered with an exit status and
 * words, and a link only with status 0, whose invite is good for something.
 */
#include "fuzz/fuzz.h"

#include "admin/admin.h"
#include "handler/invite.h"
#include "support/server.h"
#include "wire/link.h"

#define LINK "rebound://example.org:7443/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static struct t_env env;
static struct t_server server;

static void
close_server(void)
{
    t_server_close(&server);
}

static void
check_invite(const char *text)
{
    struct rbd_invite_row row;
    struct rb_link link;
    struct rb_hash hash;
    bool found = false;

    require(rb_link_parse(text, &link, NULL) == REBOUND_OK && link.token_kind == RB_LINK_INVITE);
    rbd_invite_hash(&link.token, &hash);
    require(rbd_store_invite(rbd_store_writer_reader(server.writer), &hash, &row, &found, NULL) ==
            REBOUND_OK);
    require(found && row.uses_left >= 1);
    require(row.expires_ms == 0 || row.expires_ms > env.wall_ms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rbd_admin admin = {.env = &env.env, .link = LINK};
    struct rb_buf answer = {0};
    bool keep;

    if (server.env == NULL) {
        t_env_init(&env, 1);
        t_server_open(&server, &env.env, t_temp_dir(), NULL);
        require(atexit(close_server) == 0);
    }
    t_server_hold(&server);
    keep = rbd_admin_run(&admin, server.writer, rb_slice_of(data, size), &answer);
    require(answer.len >= 2 && keep == (answer.ptr[0] == 0));
    if (keep) {
        answer.ptr[answer.len - 1] = '\0'; /* the line's end */
        check_invite((char *)answer.ptr + 1);
    }
    t_server_let_go(&server, false);
    rb_buf_free(&answer);
    return 0;
}
