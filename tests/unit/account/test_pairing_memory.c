/* Pairing when memory runs out: the nth allocation fails, for each n. The conversation ends with
 * that code or goes through; what is left over then the address sanitizer sees.
 */
#include "account/pairing.h"
#include "base/secret.h"
#include "support/t.h"

static size_t fail_at; /* 0: none fails; else counts down */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);

static bool
fails(void)
{
    return fail_at > 0 && --fail_at == 0;
}

void *
__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

struct talk {
    struct rb_pairing *holder, *joiner;
    struct rb_buf said[8]; /* by number */
};

static struct rb_pairing_heads
heads_of(uint64_t control)
{
    struct rb_pairing_heads heads = {.control = {control, {{1}}}, .n_authors = 2};

    heads.authors[0] = (struct rb_pairing_head){{{1}}, {control, {{1}}}};
    heads.authors[1] = (struct rb_pairing_head){{{2}}, {7, {{1}}}};
    return heads;
}

static rb_result
talk_through(struct talk *talk, const struct rb_env *env, const struct rb_device_keys *keys)
{
    static const struct rb_shortcode code = {40817, {1, 2, 3}};
    struct rb_pairing_offer offer = {.account = {{1}}, .adder = {{1}}, .heads = heads_of(2)};
    struct rb_pairing_heads heads = heads_of(3);
    enum rb_pairing_event event;
    enum rebound_code rc = REBOUND_OK;

    offer.server.has_key = true;
    offer.server.port = RB_LINK_PORT;
    offer.server.host[0] = 'h';
    TRY(rb_pairing_holder_new(&talk->holder, env, &code, &offer, &talk->said[1], T_ERR));
    TRY(rb_pairing_joiner_new(&talk->joiner, env, &code, T_ERR));
    for (size_t n = 1; n < 8; n++) {
        struct rb_pairing *to = n % 2 == 1 ? talk->joiner : talk->holder;
        struct rb_buf *reply = &talk->said[n < 7 ? n + 1 : 0];

        TRY(rb_pairing_take(to, rb_buf_slice(&talk->said[n]), reply, &event, T_ERR));
        if (event == RB_PAIRING_OFFER_READY)
            TRY(rb_pairing_answer(to, keys, "phone", reply, T_ERR));
        if (event == RB_PAIRING_ANSWERED)
            TRY(rb_pairing_done(to, &heads, reply, T_ERR));
    }
out:
    return rc;
}

static void
test_when_any_allocation_fails_memory_is_named_and_nothing_is_left(void **state)
{
    static const uint8_t seed[32] = {1};
    struct rb_device_keys *keys = NULL;
    enum rebound_code rc = REBOUND_NO_MEMORY;
    size_t n = 0;

    (void)state;
    T_OK(rb_device_keys_from_seed(seed, &keys, T_ERR));
    while (rc != REBOUND_OK) {
        struct talk talk = {0};
        struct t_env t;

        t_env_init(&t, 1);
        fail_at = ++n;
        rc = talk_through(&talk, &t.env, keys);
        if (rc != REBOUND_OK) {
            assert_int_equal(fail_at, 0);
            assert_int_equal(rc, REBOUND_NO_MEMORY);
        }
        fail_at = 0;
        rb_pairing_free(talk.holder);
        rb_pairing_free(talk.joiner);
        for (size_t i = 0; i < 8; i++)
            rb_buf_free(&talk.said[i]);
        assert_in_range(n, 1, 500);
    }
    assert_in_range(n, 20, 500);
    rb_device_keys_free(keys);
}

static int
start(void **state)
{
    (void)state;
    return rb_secret_init(NULL) == REBOUND_OK ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_when_any_allocation_fails_memory_is_named_and_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
