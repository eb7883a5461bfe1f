/* The first byte chooses the role and how the rest is cut; the rest is what the other side sent.
 * Whatever it is, what a server answers is as long as the input allows, and one cut gives what
 * another gives. */
#include "fuzz/fuzz.h"

#include "base/env.h"
#include "wire/websocket.h"

#include <stdlib.h>
#include <string.h>

static void
zeros(void *ctx, void *out, size_t len)
{
    (void)ctx;
    memset(out, 0, len);
}

struct run {
    enum rebound_code code;
    bool open, over;
    struct rb_buf plain, out;
};

static void
run(const struct rb_env *env, bool client, struct rb_slice in, size_t step, struct run *r)
{
    struct rb_websocket *ws = NULL;
    struct rb_buf request = {0};

    *r = (struct run){0};
    if (client) {
        require(rb_websocket_new_client(env, "h", "/", &ws, NULL) == REBOUND_OK);
        require(rb_websocket_start(ws, &request, NULL) == REBOUND_OK);
    } else {
        require(rb_websocket_new_server(env, &ws, NULL) == REBOUND_OK);
    }
    while (in.len > 0 && r->code == REBOUND_OK) {
        size_t n = in.len < step ? in.len : step;
        r->code = rb_websocket_feed(ws, rb_slice_of(in.ptr, n), &r->plain, &r->out, NULL);
        in = rb_slice_of(in.ptr + n, in.len - n);
    }
    r->open = rb_websocket_is_open(ws);
    r->over = rb_websocket_is_over(ws);
    require(!(r->open && r->over));
    rb_websocket_free(ws);
    rb_buf_free(&request);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rb_env env = {.random = zeros};
    struct run whole, cut;
    struct rb_slice in;
    bool client;

    if (size == 0)
        return 0;
    client = (data[0] & 1) != 0;
    in = rb_slice_of(data + 1, size - 1);
    run(&env, client, in, SIZE_MAX, &whole);
    run(&env, client, in, 1u + (data[0] >> 1), &cut);
    require(whole.plain.len <= in.len && whole.out.len <= in.len + 512);
    require(whole.code == cut.code);
    require(whole.code != REBOUND_OK || (whole.open == cut.open && whole.over == cut.over));
    require(rb_slice_equal(rb_buf_slice(&whole.plain), rb_buf_slice(&cut.plain)));
    require(rb_slice_equal(rb_buf_slice(&whole.out), rb_buf_slice(&cut.out)));
    rb_buf_free(&whole.plain);
    rb_buf_free(&whole.out);
    rb_buf_free(&cut.plain);
    rb_buf_free(&cut.out);
    return 0;
}
