/* A command line that came through the operator's socket: it is answered with an exit status and
 * words, and a link only with status 0.
 */
#include "admin/admin.h"
#include "support/server.h"
#include "wire/link.h"

#define LINK "rebound://example.org:7443/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
    if (!holds)
        abort();
}

static struct t_env env;
static struct t_server server;

static void
close_server(void)
{
    t_server_close(&server);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rbd_admin admin = {.env = &env.env, .link = LINK};
    struct rb_buf answer = {0};
    struct rb_link link;
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
        require(rb_link_parse((char *)answer.ptr + 1, &link, NULL) == REBOUND_OK);
        require(link.token_kind == RB_LINK_INVITE);
    }
    t_server_let_go(&server, false);
    rb_buf_free(&answer);
    return 0;
}
