#include "support/t.h"
#include "wire/pipe.h"

/* Gives the bytes of a vector where randomness is asked for. */
struct fixed {
    struct rb_env env;
    struct rb_buf bytes;
    size_t at;
};

static void
fixed_random(void *ctx, void *out, size_t len)
{
    struct fixed *f = ctx;

    assert_true(f->at + len <= f->bytes.len);
    memcpy(out, f->bytes.ptr + f->at, len);
    f->at += len;
}

static void
fixed_init(struct fixed *f, const json_t *v, const char *key)
{
    *f = (struct fixed){.bytes = t_hex(v, key)};
    f->env = (struct rb_env){.ctx = f, .random = fixed_random};
}

static void
run_vector(const json_t *v)
{
    struct fixed client, server;
    struct rb_buf secret = t_hex(v, "resp_static"), prologue = t_hex(v, "init_prologue"), out = {0}, payload = {0};
    const json_t *messages = json_object_get(v, "messages"), *hash = json_object_get(v, "handshake_hash");
    struct rb_channel *a = NULL, *b = NULL;
    struct rb_server_keys keys;

    fixed_init(&client, v, "init_ephemeral");
    fixed_init(&server, v, "resp_ephemeral");
    assert_true(rb_server_keys_from_secret(secret.ptr, &keys));
    for (size_t i = 0; i < json_array_size(messages); i++) {
        struct rb_buf plain = t_hex(json_array_get(messages, i), "payload");
        struct rb_buf cipher = t_hex(json_array_get(messages, i), "ciphertext");
        rb_buf_clear(&out);
        if (i == 0) {
            T_OK(rb_channel_begin(&client.env, &keys.key, rb_buf_slice(&prologue), rb_buf_slice(&plain), &out, &a,
                                  T_ERR));
            T_OK(rb_channel_accept(&keys, rb_buf_slice(&prologue), rb_buf_slice(&out), &payload, &b, T_ERR));
        } else if (i == 1) {
            T_OK(rb_channel_answer(&server.env, b, rb_buf_slice(&plain), &out, T_ERR));
            T_OK(rb_channel_finish(a, rb_buf_slice(&out), &payload, T_ERR));
        } else {
            T_OK(rb_channel_seal(i % 2 == 0 ? a : b, rb_buf_slice(&plain), &out, T_ERR));
            rb_buf_clear(&payload);
            T_OK(rb_buf_append_zeros(&payload, out.len - RB_CHANNEL_TAG, T_ERR));
            T_OK(rb_channel_open(i % 2 == 0 ? b : a, rb_buf_slice(&out), payload.ptr, T_ERR));
        }
        assert_int_equal(out.len, cipher.len);
        assert_memory_equal(out.ptr, cipher.ptr, cipher.len);
        assert_int_equal(payload.len, plain.len);
        assert_memory_equal(payload.ptr, plain.ptr, plain.len);
        rb_buf_free(&plain);
        rb_buf_free(&cipher);
    }
    if (hash != NULL) {
        struct rb_buf want = t_hex(v, "handshake_hash");
        assert_memory_equal(rb_channel_hash(a), want.ptr, want.len);
        assert_memory_equal(rb_channel_hash(b), want.ptr, want.len);
        rb_buf_free(&want);
    }
    rb_channel_free(a);
    rb_channel_free(b);
    rb_buf_free(&client.bytes);
    rb_buf_free(&server.bytes);
    rb_buf_free(&secret);
    rb_buf_free(&prologue);
    rb_buf_free(&out);
    rb_buf_free(&payload);
}

static void
test_the_public_noise_vectors_are_reproduced(void **state)
{
    static const char *const files[] = {"noise/cacophony-25519-chachapoly-sha512.json",
                                        "noise/snow-25519-chachapoly-sha512.json"};
    unsigned run = 0;

    (void)state;
    for (size_t f = 0; f < 2; f++) {
        json_t *all = t_vectors(files[f]);
        const json_t *list = json_is_array(all) ? all : json_object_get(all, "vectors");
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *v = json_array_get(list, i);
            const char *name = json_string_value(json_object_get(v, "protocol_name"));
            if (strcmp(name, "Noise_NK_25519_ChaChaPoly_SHA512") == 0) {
                run_vector(v);
                run++;
            }
        }
        json_decref(all);
    }
    assert_int_equal(run, 2);
}

/* Both ends of a connection, joined by memory. */
struct ends {
    struct t_env env;
    struct rb_server_keys keys;
    struct rb_pipe *client, *server;
    struct rb_buf up, down; /* in flight */
};

static void
ends_open(struct ends *e, uint64_t seed)
{
    uint8_t secret[32];
    struct rb_slice in;
    enum rb_pipe_event event;

    *e = (struct ends){0};
    t_env_init(&e->env, seed);
    rb_env_random(&e->env.env, secret, sizeof secret);
    assert_true(rb_server_keys_from_secret(secret, &e->keys));
    T_OK(rb_pipe_new_client(&e->env.env, &e->keys.key, rb_slice_text("hello"), &e->client, T_ERR));
    T_OK(rb_pipe_new_server(&e->env.env, &e->keys, &e->server, T_ERR));
    T_OK(rb_pipe_start(e->client, &e->up, T_ERR));
    in = rb_buf_slice(&e->up);
    T_OK(rb_pipe_feed(e->server, &in, &e->down, &event, T_ERR));
    assert_int_equal(event, RB_PIPE_HELLO);
    assert_true(rb_slice_equal(rb_pipe_payload(e->server), rb_slice_text("hello")));
    T_OK(rb_pipe_answer(e->server, rb_slice_text("good day"), &e->down, T_ERR));
    in = rb_buf_slice(&e->down);
    T_OK(rb_pipe_feed(e->client, &in, &e->up, &event, T_ERR));
    assert_int_equal(event, RB_PIPE_OPEN);
    assert_true(rb_slice_equal(rb_pipe_payload(e->client), rb_slice_text("good day")));
    assert_memory_equal(rb_pipe_hash(e->client), rb_pipe_hash(e->server), RB_CHANNEL_HASH_SIZE);
    rb_buf_clear(&e->up);
    rb_buf_clear(&e->down);
}

static void
ends_close(struct ends *e)
{
    rb_pipe_free(e->client);
    rb_pipe_free(e->server);
    rb_buf_free(&e->up);
    rb_buf_free(&e->down);
}

static void
put_frame(struct rb_buf *plain, uint32_t id, size_t head, size_t blob, uint8_t fill)
{
    T_OK(rb_frame_begin(plain, id, 7, head, blob, T_ERR));
    T_OK(rb_buf_append_zeros(plain, head + blob, T_ERR));
    memset(plain->ptr + plain->len - head - blob, fill, head + blob);
}

static void
test_frames_arrive_whole_however_the_bytes_are_cut(void **state)
{
    uint64_t random = t_seed();

    (void)state;
    for (unsigned round = 0; round < 40; round++) {
        struct ends e;
        struct rb_buf plain = {0};
        uint32_t frames = 1 + (uint32_t)t_random_below(&random, 12), got = 0;
        size_t sizes[12];
        ends_open(&e, t_random(&random));
        rb_pipe_set_max_frame(e.server, RB_FRAME_MAX);
        for (uint32_t i = 0; i < frames; i++) {
            sizes[i] = (size_t)t_random_below(&random, round % 4 == 0 ? 200000 : 300);
            put_frame(&plain, i, sizes[i] / 3, sizes[i] - sizes[i] / 3, (uint8_t)i);
            if (t_random_below(&random, 2) == 0 || i + 1 == frames) { /* several frames in one message, or one */
                T_OK(rb_pipe_put(e.client, rb_buf_slice(&plain), &e.up, T_ERR));
                rb_buf_clear(&plain);
            }
        }
        for (size_t at = 0; at < e.up.len;) {
            size_t n = 1 + (size_t)t_random_below(&random, round % 2 == 0 ? 7 : 30000);
            struct rb_slice in = rb_slice_of(e.up.ptr + at, n < e.up.len - at ? n : e.up.len - at);
            enum rb_pipe_event event;
            at += in.len;
            do {
                T_OK(rb_pipe_feed(e.server, &in, &e.down, &event, T_ERR));
                if (event == RB_PIPE_FRAME) {
                    const struct rb_frame *f = rb_pipe_frame(e.server);
                    assert_int_equal(f->id, got);
                    assert_int_equal(f->head.len, sizes[got] / 3);
                    assert_int_equal(f->head.len + f->blobs.len, sizes[got]);
                    for (size_t k = 0; k < f->blobs.len; k += 97)
                        assert_int_equal(f->blobs.ptr[k], (uint8_t)got);
                    got++;
                }
            } while (event != RB_PIPE_MORE);
            assert_int_equal(in.len, 0);
        }
        assert_int_equal(got, frames);
        rb_buf_free(&plain);
        ends_close(&e);
    }
}

static void
test_any_flipped_bit_ends_the_connection_with_one_error(void **state)
{
    struct ends e;
    struct rb_buf plain = {0}, copy = {0};

    (void)state;
    ends_open(&e, 1);
    put_frame(&plain, 1, 20, 0, 1);
    T_OK(rb_pipe_put(e.client, rb_buf_slice(&plain), &e.up, T_ERR));
    T_OK(rb_buf_append_slice(&copy, rb_buf_slice(&e.up), T_ERR));
    for (size_t bit = 16; bit < copy.len * 8; bit++) {
        struct rb_slice in = rb_buf_slice(&copy);
        enum rb_pipe_event event;
        copy.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
        T_FAILS_WITH(REBOUND_CRYPTO, rb_pipe_feed(e.server, &in, &e.down, &event, T_ERR));
        copy.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    rb_buf_free(&plain);
    rb_buf_free(&copy);
    ends_close(&e);
}

static void
test_a_frame_over_the_cap_is_refused_before_it_is_stored(void **state)
{
    struct ends e;
    struct rb_buf plain = {0};
    struct rb_slice in;
    enum rb_pipe_event event;

    (void)state;
    ends_open(&e, 1);
    put_frame(&plain, 1, 0, RB_FRAME_MAX_STRANGER, 1);
    T_OK(rb_pipe_put(e.client, rb_buf_slice(&plain), &e.up, T_ERR));
    in = rb_buf_slice(&e.up);
    T_FAILS_WITH(REBOUND_TOO_LARGE, rb_pipe_feed(e.server, &in, &e.down, &event, T_ERR));
    rb_buf_free(&plain);
    ends_close(&e);
}

static void
test_the_channel_rekeys_and_goes_on(void **state)
{
    struct ends e;
    struct rb_buf plain = {0};

    (void)state;
    ends_open(&e, 1);
    put_frame(&plain, 1, 3, 0, 1);
    for (unsigned i = 0; i < RB_CHANNEL_REKEY + 3; i++) {
        struct rb_slice in;
        enum rb_pipe_event event;
        rb_buf_clear(&e.up);
        T_OK(rb_pipe_put(e.client, rb_buf_slice(&plain), &e.up, T_ERR));
        in = rb_buf_slice(&e.up);
        T_OK(rb_pipe_feed(e.server, &in, &e.down, &event, T_ERR));
        assert_int_equal(event, RB_PIPE_FRAME);
    }
    rb_buf_free(&plain);
    ends_close(&e);
}

static void
test_the_key_is_told_in_clear_and_the_connection_ends(void **state)
{
    struct ends e;
    struct rb_pipe *asker = NULL, *server = NULL;
    struct rb_buf up = {0}, down = {0};
    struct rb_slice in;
    enum rb_pipe_event event;

    (void)state;
    ends_open(&e, 1);
    T_OK(rb_pipe_new_client(&e.env.env, NULL, rb_slice_text(""), &asker, T_ERR));
    T_OK(rb_pipe_new_server(&e.env.env, &e.keys, &server, T_ERR));
    T_OK(rb_pipe_start(asker, &up, T_ERR));
    in = rb_buf_slice(&up);
    T_OK(rb_pipe_feed(server, &in, &down, &event, T_ERR));
    assert_int_equal(event, RB_PIPE_KEY_ASKED);
    in = rb_buf_slice(&down);
    T_OK(rb_pipe_feed(asker, &in, &up, &event, T_ERR));
    assert_int_equal(event, RB_PIPE_KEY);
    assert_true(rb_server_key_equal(rb_pipe_server_key(asker), &e.keys.key));
    rb_pipe_free(asker);
    rb_pipe_free(server);
    rb_buf_free(&up);
    rb_buf_free(&down);
    ends_close(&e);
}

static void
test_another_servers_key_fails_the_handshake(void **state)
{
    struct ends e;
    struct rb_pipe *client = NULL, *server = NULL;
    struct rb_server_key other = {{9}};
    struct rb_buf up = {0};
    struct rb_slice in;
    enum rb_pipe_event event;

    (void)state;
    ends_open(&e, 1);
    T_OK(rb_pipe_new_client(&e.env.env, &other, rb_slice_text("x"), &client, T_ERR));
    T_OK(rb_pipe_new_server(&e.env.env, &e.keys, &server, T_ERR));
    T_OK(rb_pipe_start(client, &up, T_ERR));
    in = rb_buf_slice(&up);
    T_FAILS_WITH(REBOUND_CRYPTO, rb_pipe_feed(server, &in, &e.down, &event, T_ERR));
    rb_pipe_free(client);
    rb_pipe_free(server);
    rb_buf_free(&up);
    ends_close(&e);
}

static void
test_a_server_that_owes_its_answer_takes_no_more_bytes(void **state)
{
    struct ends e;
    struct rb_pipe *client = NULL, *server = NULL;
    struct rb_buf up = {0};
    struct rb_slice in;
    enum rb_pipe_event event;

    (void)state;
    ends_open(&e, 1);
    T_OK(rb_pipe_new_client(&e.env.env, &e.keys.key, rb_slice_text("x"), &client, T_ERR));
    T_OK(rb_pipe_new_server(&e.env.env, &e.keys, &server, T_ERR));
    T_OK(rb_pipe_start(client, &up, T_ERR));
    in = rb_buf_slice(&up);
    T_OK(rb_pipe_feed(server, &in, &e.down, &event, T_ERR));
    assert_int_equal(event, RB_PIPE_HELLO);
    T_OK(rb_pipe_feed(server, &in, &e.down, &event, T_ERR)); /* of no bytes there is nothing to say */
    assert_int_equal(event, RB_PIPE_MORE);
    in = rb_slice_text("!");
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_pipe_feed(server, &in, &e.down, &event, T_ERR));
    rb_pipe_free(client);
    rb_pipe_free(server);
    rb_buf_free(&up);
    ends_close(&e);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_public_noise_vectors_are_reproduced),
        cmocka_unit_test(test_frames_arrive_whole_however_the_bytes_are_cut),
        cmocka_unit_test(test_any_flipped_bit_ends_the_connection_with_one_error),
        cmocka_unit_test(test_a_frame_over_the_cap_is_refused_before_it_is_stored),
        cmocka_unit_test(test_the_channel_rekeys_and_goes_on),
        cmocka_unit_test(test_the_key_is_told_in_clear_and_the_connection_ends),
        cmocka_unit_test(test_another_servers_key_fails_the_handshake),
        cmocka_unit_test(test_a_server_that_owes_its_answer_takes_no_more_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
