/* The draft's vectors pass through cpace_group.c, which computes nothing but what the draft
 * defines; here is shown that the protocol around it makes its inputs as cpace.h says.
 */
#include "base/labels.h"
#include "base/secret.h"
#include "seal/cpace.h"
#include "seal/cpace_group.h"
#include "support/t.h"

#include <sodium.h>

static struct rb_slice password = {(const uint8_t *)"\x01\x02\x03\x04\x05\x06", 6};

static json_t *
vector_of(const char *name)
{
    json_t *all = t_vectors("cpace/testvectors.json");
    json_t *one = json_incref(json_object_get(all, name));

    assert_non_null(one);
    json_decref(all);
    return one;
}

static void
assert_bytes(const uint8_t *found, const json_t *vector, const char *key)
{
    struct rb_buf expected = t_hex(vector, key);

    assert_memory_equal(found, expected.ptr, expected.len);
    rb_buf_free(&expected);
}

static void
test_the_drafts_vectors_are_reproduced(void **state)
{
    json_t *v = vector_of("G_Coffee25519");
    struct rb_buf prs = t_hex(v, "PRS"), ci = t_hex(v, "CI"), sid = t_hex(v, "sid");
    struct rb_buf ya = t_hex(v, "ya"), yb = t_hex(v, "yb"), ad_a = t_hex(v, "ADa"),
                  ad_b = t_hex(v, "ADb");
    uint8_t g[32], share_a[32], share_b[32], product[32], key[64];
    struct rb_cpace_part a = {share_a, rb_buf_slice(&ad_a)}, b = {share_b, rb_buf_slice(&ad_b)};

    (void)state;
    rb_cpace_generator(g, rb_buf_slice(&prs), rb_buf_slice(&ci), rb_buf_slice(&sid));
    assert_bytes(g, v, "g");
    assert_true(rb_cpace_multiply(share_a, ya.ptr, g));
    assert_bytes(share_a, v, "Ya");
    assert_true(rb_cpace_multiply(share_b, yb.ptr, g));
    assert_bytes(share_b, v, "Yb");
    assert_true(rb_cpace_multiply(product, ya.ptr, share_b));
    assert_bytes(product, v, "K");
    assert_true(rb_cpace_multiply(product, yb.ptr, share_a));
    assert_bytes(product, v, "K");
    rb_cpace_session_key(key, rb_buf_slice(&sid), product, &a, &b);
    assert_bytes(key, v, "ISK_IR");
    rb_buf_free(&prs);
    rb_buf_free(&ci);
    rb_buf_free(&sid);
    rb_buf_free(&ya);
    rb_buf_free(&yb);
    rb_buf_free(&ad_a);
    rb_buf_free(&ad_b);
    json_decref(v);
}

static void
test_the_drafts_invalid_points_are_refused_and_its_valid_one_multiplied(void **state)
{
    json_t *v = vector_of("G_Coffee25519_points"), *valid = json_object_get(v, "Valid");
    struct rb_buf scalar = t_hex(valid, "s"), point = t_hex(valid, "X");
    static const char *const invalid[] = {"Invalid Y1", "Invalid Y2"};
    uint8_t product[32];

    (void)state;
    assert_true(rb_cpace_multiply(product, scalar.ptr, point.ptr));
    assert_bytes(product, valid, "G.scalar_mult_vfy(s,X)");
    for (size_t i = 0; i < 2; i++) {
        struct rb_buf bad = t_hex(v, invalid[i]);
        assert_false(rb_cpace_multiply(product, scalar.ptr, bad.ptr));
        rb_buf_free(&bad);
    }
    rb_buf_free(&scalar);
    rb_buf_free(&point);
    json_decref(v);
}

/* The generator's string has lengths of one and of two bytes of LEB128, and a password too long for
 * padding. */
static void
test_lengths_beyond_127_bytes_keep_generators_apart(void **state)
{
    static const uint8_t zeros[200];
    uint8_t g[4][32];

    (void)state;
    rb_cpace_generator(g[0], rb_slice_of(zeros, 127), password, password);
    rb_cpace_generator(g[1], rb_slice_of(zeros, 128), password, password);
    rb_cpace_generator(g[2], rb_slice_of(zeros, 109), password, password);
    rb_cpace_generator(g[3], rb_slice_of(zeros, 0), password, password);
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = i + 1; k < 4; k++)
            assert_memory_not_equal(g[i], g[k], 32);
    }
}

struct pair {
    struct t_env env;
    struct rb_cpace *joiner, *holder;
    uint8_t joiner_share[32], holder_share[32];
    uint8_t joiner_nonce[16], holder_nonce[16];
};

static void
pair_init(struct pair *p, uint64_t seed, const char *joiner_purpose, uint32_t joiner_mailbox,
          struct rb_slice joiner_password)
{
    t_env_init(&p->env, seed);
    T_OK(rb_cpace_new(&p->joiner, &p->env.env, RB_CPACE_JOINER, joiner_purpose, joiner_mailbox,
                      joiner_password, T_ERR));
    T_OK(rb_cpace_new(&p->holder, &p->env.env, RB_CPACE_HOLDER, RB_LABEL_CPACE_LINK, 40817,
                      password, T_ERR));
    rb_cpace_hello(p->joiner, p->joiner_nonce);
    rb_cpace_hello(p->holder, p->holder_nonce);
}

static void
pair_share(struct pair *p)
{
    T_OK(rb_cpace_share(p->joiner, p->holder_nonce, p->joiner_share, T_ERR));
    T_OK(rb_cpace_share(p->holder, p->joiner_nonce, p->holder_share, T_ERR));
}

static void
pair_meet(struct pair *p)
{
    T_OK(rb_cpace_meet(p->joiner, rb_slice_of(p->holder_share, 32), T_ERR));
    T_OK(rb_cpace_meet(p->holder, rb_slice_of(p->joiner_share, 32), T_ERR));
}

static void
pair_confirm(struct pair *p)
{
    uint8_t tag[RB_CPACE_CONFIRMATION_SIZE];

    T_OK(rb_cpace_confirmation(p->joiner, tag, T_ERR));
    T_OK(rb_cpace_confirm(p->holder, rb_slice_of(tag, sizeof tag), T_ERR));
    T_OK(rb_cpace_confirmation(p->holder, tag, T_ERR));
    T_OK(rb_cpace_confirm(p->joiner, rb_slice_of(tag, sizeof tag), T_ERR));
}

static void
pair_free(struct pair *p)
{
    rb_cpace_free(p->joiner);
    rb_cpace_free(p->holder);
}

static void
pair_ready(struct pair *p, uint64_t seed)
{
    pair_init(p, seed, RB_LABEL_CPACE_LINK, 40817, password);
    pair_share(p);
    pair_meet(p);
    pair_confirm(p);
}

static void
test_two_sides_with_one_code_confirm_and_talk_both_ways(void **state)
{
    struct pair p;
    struct rb_buf sealed = {0}, plain = {0};

    (void)state;
    pair_ready(&p, 1);
    for (size_t i = 0; i < 3; i++) {
        struct rb_cpace *from = i % 2 == 0 ? p.holder : p.joiner,
                        *to = i % 2 == 0 ? p.joiner : p.holder;
        rb_buf_clear(&sealed);
        rb_buf_clear(&plain);
        T_OK(rb_pairing_seal(from, rb_slice_text("heads"), &sealed, T_ERR));
        assert_int_equal(sealed.len, 5 + RB_PAIRING_OVERHEAD);
        T_OK(rb_pairing_open(to, rb_buf_slice(&sealed), &plain, T_ERR));
        assert_true(rb_slice_equal(rb_buf_slice(&plain), rb_slice_text("heads")));
    }
    rb_buf_clear(&sealed);
    rb_buf_clear(&plain);
    T_OK(rb_pairing_seal(p.joiner, rb_slice_of(NULL, 0), &sealed, T_ERR));
    T_OK(rb_pairing_open(p.holder, rb_buf_slice(&sealed), &plain, T_ERR));
    assert_int_equal(plain.len, 0);
    rb_buf_free(&sealed);
    rb_buf_free(&plain);
    pair_free(&p);
}

/* The confirmation and the shares of a run, computed a second time from what cpace.h says goes in.
 */
static void
test_what_goes_in_is_what_the_header_says(void **state)
{
    struct pair p;
    struct t_env again;
    uint8_t ci[64], sid[32], wide[64], g[32], product[32], share[32], scalar[32], key[64], tag[64],
        expected[64];
    size_t n = strlen(RB_LABEL_CPACE_LINK);
    struct rb_cpace_part a = {p.joiner_share, rb_slice_text(RB_LABEL_CPACE_JOINER)};
    struct rb_cpace_part b = {p.holder_share, rb_slice_text(RB_LABEL_CPACE_HOLDER)};

    (void)state;
    pair_init(&p, 7, RB_LABEL_CPACE_LINK, 40817, password);
    pair_share(&p);
    pair_meet(&p);
    ci[0] = (uint8_t)n;
    memcpy(ci + 1, RB_LABEL_CPACE_LINK, n);
    memcpy(ci + 1 + n, "\x04\x00\x00\x9f\x71", 5);
    memcpy(sid, p.joiner_nonce, 16);
    memcpy(sid + 16, p.holder_nonce, 16);
    rb_cpace_generator(g, password, rb_slice_of(ci, n + 6), rb_slice_of(sid, 32));
    t_env_init(&again, 7);
    rb_env_random(&again.env, wide, 32); /* both nonces */
    rb_env_random(&again.env, wide, 64); /* the joiner's scalar */
    /* A multiple is the same whether its scalar was reduced or not, so reduce it as RFC 9496 lets
     * anyone do. */
    crypto_core_ristretto255_scalar_reduce(scalar, wide);
    assert_true(rb_cpace_multiply(share, scalar, g));
    assert_memory_equal(share, p.joiner_share, 32);
    assert_true(rb_cpace_multiply(product, scalar, p.holder_share));
    rb_cpace_session_key(key, rb_slice_of(sid, 32), product, &a, &b);
    rb_cpace_tag(expected, rb_slice_of(sid, 32), key, &a);
    T_OK(rb_cpace_confirmation(p.joiner, tag, T_ERR));
    assert_memory_equal(tag, expected, 64);
    pair_free(&p);
}

static void
test_another_password_purpose_or_mailbox_is_one_wrong_code_to_both_sides(void **state)
{
    static const struct {
        const char *purpose;
        uint32_t mailbox;
        const char *password;
    } cases[] = {
        {RB_LABEL_CPACE_LINK, 40817, "\x01\x02\x03\x04\x05\x07"},
        {RB_LABEL_CPACE_MEET, 40817, "\x01\x02\x03\x04\x05\x06"},
        {RB_LABEL_CPACE_LINK, 40818, "\x01\x02\x03\x04\x05\x06"},
    };
    uint8_t tag[64], joiners[64];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pair p;
        pair_init(&p, i, cases[i].purpose, cases[i].mailbox, rb_slice_of(cases[i].password, 6));
        pair_share(&p);
        pair_meet(&p);
        T_OK(rb_cpace_confirmation(p.joiner, joiners, T_ERR));
        T_FAILS_WITH(REBOUND_WRONG_SECRET,
                     rb_cpace_confirm(p.holder, rb_slice_of(joiners, 64), T_ERR));
        T_FAILS_WITH(REBOUND_MISUSE, rb_cpace_confirmation(p.holder, tag, T_ERR));
        /* One's own tag given back is no confirmation. */
        T_FAILS_WITH(REBOUND_WRONG_SECRET,
                     rb_cpace_confirm(p.joiner, rb_slice_of(joiners, 64), T_ERR));
        pair_free(&p);
    }
}

static void
test_the_holder_says_nothing_under_the_key_before_the_joiner_confirmed(void **state)
{
    struct pair p;
    struct rb_buf out = {0};
    uint8_t tag[64];

    (void)state;
    pair_init(&p, 1, RB_LABEL_CPACE_LINK, 40817, password);
    pair_share(&p);
    pair_meet(&p);
    T_FAILS_WITH(REBOUND_MISUSE, rb_cpace_confirmation(p.holder, tag, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_pairing_seal(p.holder, rb_slice_text("x"), &out, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_pairing_seal(p.joiner, rb_slice_text("x"), &out, T_ERR));
    assert_int_equal(out.len, 0);
    pair_free(&p);
}

static void
test_each_step_is_taken_once_and_in_its_turn(void **state)
{
    struct pair p;
    struct rb_buf out = {0};
    uint8_t share[32], tag[64] = {0};
    struct rb_slice any = rb_slice_of(tag, 64);

    (void)state;
    pair_init(&p, 1, RB_LABEL_CPACE_LINK, 40817, password);
    T_FAILS_WITH(REBOUND_MISUSE, rb_cpace_meet(p.joiner, rb_slice_of(tag, 32), T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_cpace_confirm(p.joiner, any, T_ERR));
    pair_share(&p);
    T_FAILS_WITH(REBOUND_MISUSE, rb_cpace_share(p.joiner, p.joiner_nonce, share, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_cpace_confirmation(p.joiner, tag, T_ERR));
    pair_meet(&p);
    T_FAILS_WITH(REBOUND_MISUSE, rb_cpace_meet(p.holder, rb_slice_of(p.joiner_share, 32), T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_pairing_open(p.joiner, any, &out, T_ERR));
    pair_confirm(&p);
    T_FAILS_WITH(REBOUND_MISUSE, rb_cpace_confirm(p.joiner, any, T_ERR));
    pair_free(&p);
    T_FAILS_WITH(REBOUND_MISUSE, rb_cpace_new(&p.joiner, &p.env.env, RB_CPACE_JOINER,
                                              RB_LABEL_CPACE_LINK, 1, rb_slice_of(NULL, 0), T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE,
                 rb_cpace_new(&p.joiner, &p.env.env, RB_CPACE_JOINER, RB_LABEL_CPACE_LINK, 1,
                              rb_slice_of(RB_LABEL_CPACE_LINK, RB_CPACE_PASSWORD_MAX + 1), T_ERR));
}

static void
test_a_share_that_is_no_point_or_ones_own_spends_the_code(void **state)
{
    json_t *v = vector_of("G_Coffee25519_points");
    struct rb_buf no_point = t_hex(v, "Invalid Y1"), identity = t_hex(v, "Invalid Y2");

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct pair p;
        struct rb_slice bad;
        pair_init(&p, i, RB_LABEL_CPACE_LINK, 40817, password);
        pair_share(&p);
        bad = i == 0   ? rb_buf_slice(&no_point)
              : i == 1 ? rb_buf_slice(&identity)
              : i == 2 ? rb_slice_of(p.joiner_share, 32)
              : i == 3 ? rb_slice_of(p.holder_share, 31)
                       : rb_slice_of(NULL, 0);
        T_FAILS_WITH(REBOUND_CRYPTO, rb_cpace_meet(p.joiner, bad, T_ERR));
        T_FAILS_WITH(REBOUND_MISUSE,
                     rb_cpace_meet(p.joiner, rb_slice_of(p.holder_share, 32), T_ERR));
        pair_free(&p);
    }
    rb_buf_free(&no_point);
    rb_buf_free(&identity);
    json_decref(v);
}

static void
test_a_sealed_message_altered_in_any_bit_or_cut_is_refused_and_ends_the_run(void **state)
{
    struct rb_buf sealed = {0}, plain = {0};
    size_t bits = (RB_PAIRING_OVERHEAD + 5) * 8;

    (void)state;
    for (size_t i = 0; i <= bits; i++) {
        struct pair p;
        pair_ready(&p, 3);
        rb_buf_clear(&sealed);
        T_OK(rb_pairing_seal(p.holder, rb_slice_text("heads"), &sealed, T_ERR));
        if (i < bits)
            sealed.ptr[i / 8] ^= (uint8_t)(1u << i % 8);
        else
            sealed.len = RB_PAIRING_OVERHEAD - 1;
        T_FAILS_WITH(REBOUND_CRYPTO,
                     rb_pairing_open(p.joiner, rb_buf_slice(&sealed), &plain, T_ERR));
        assert_int_equal(plain.len, 0);
        T_FAILS_WITH(REBOUND_MISUSE,
                     rb_pairing_open(p.joiner, rb_buf_slice(&sealed), &plain, T_ERR));
        pair_free(&p);
    }
    rb_buf_free(&sealed);
    rb_buf_free(&plain);
}

static void
test_a_message_repeated_left_out_or_turned_round_is_refused(void **state)
{
    struct rb_buf first = {0}, second = {0}, plain = {0};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct pair p;
        pair_ready(&p, 4);
        rb_buf_clear(&first);
        rb_buf_clear(&second);
        rb_buf_clear(&plain);
        T_OK(rb_pairing_seal(p.holder, rb_slice_text("first"), &first, T_ERR));
        T_OK(rb_pairing_seal(p.holder, rb_slice_text("second"), &second, T_ERR));
        if (i == 0) {
            T_OK(rb_pairing_open(p.joiner, rb_buf_slice(&first), &plain, T_ERR));
            T_FAILS_WITH(REBOUND_CRYPTO,
                         rb_pairing_open(p.joiner, rb_buf_slice(&first), &plain, T_ERR));
        } else if (i == 1) {
            T_FAILS_WITH(REBOUND_CRYPTO,
                         rb_pairing_open(p.joiner, rb_buf_slice(&second), &plain, T_ERR));
        } else {
            T_FAILS_WITH(REBOUND_CRYPTO,
                         rb_pairing_open(p.holder, rb_buf_slice(&first), &plain, T_ERR));
        }
        pair_free(&p);
    }
    rb_buf_free(&first);
    rb_buf_free(&second);
    rb_buf_free(&plain);
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
        cmocka_unit_test(test_the_drafts_vectors_are_reproduced),
        cmocka_unit_test(test_the_drafts_invalid_points_are_refused_and_its_valid_one_multiplied),
        cmocka_unit_test(test_lengths_beyond_127_bytes_keep_generators_apart),
        cmocka_unit_test(test_two_sides_with_one_code_confirm_and_talk_both_ways),
        cmocka_unit_test(test_what_goes_in_is_what_the_header_says),
        cmocka_unit_test(test_another_password_purpose_or_mailbox_is_one_wrong_code_to_both_sides),
        cmocka_unit_test(test_the_holder_says_nothing_under_the_key_before_the_joiner_confirmed),
        cmocka_unit_test(test_each_step_is_taken_once_and_in_its_turn),
        cmocka_unit_test(test_a_share_that_is_no_point_or_ones_own_spends_the_code),
        cmocka_unit_test(
            test_a_sealed_message_altered_in_any_bit_or_cut_is_refused_and_ends_the_run),
        cmocka_unit_test(test_a_message_repeated_left_out_or_turned_round_is_refused),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
