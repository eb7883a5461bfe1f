/* Nothing branches on a secret, and no index is one: secrets are marked undefined, and memcheck
 * reports every branch and address that depends on what is undefined. CTest runs this program under
 * valgrind; without, it only shows that the calls still do what they should. With the argument
 * "leaky" it does what it must not, to show that the report would come.
 *
 * Covered: what compares, derives, signs, seals, and looks up words. Not covered, since libsodium's
 * calls end in a branch on their (public) outcome: opening a seal, multiplying a point.
 */
#include "base/hash.h"
#include "base/labels.h"
#include "base/secret.h"
#include "seal/seal.h"
#include "seal/shortcode.h"
#include "seal/words.h"
#include "support/t.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_UNDEFINED(ptr, len) ((void)(ptr), (void)(len))
#define VALGRIND_MAKE_MEM_DEFINED(ptr, len) ((void)(ptr), (void)(len))
#endif

static void
hide(void *ptr, size_t len)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(ptr, len);
}

static void
show(void *ptr, size_t len)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(ptr, len);
}

static void
test_comparing_does_not_branch(void **state)
{
    uint8_t a[64], b[64];
    bool same[3];

    (void)state;
    memset(a, 1, sizeof a);
    memset(b, 1, sizeof b);
    b[63] = 2;
    hide(a, sizeof a);
    hide(b, sizeof b);
    same[0] = rb_equal_constant_time(a, b, sizeof a);
    same[1] = rb_equal_constant_time(a, b, sizeof a - 1);
    same[2] = rb_slice_is_zero(rb_slice_of(a, sizeof a));
    show(same, sizeof same);
    assert_false(same[0]);
    assert_true(same[1]);
    assert_false(same[2]);
}

static void
test_words_are_looked_up_without_a_branch_or_an_index(void **state)
{
    char word[RB_WORD_MAX], typed[] = "Velvet";
    uint16_t index, found;
    bool is_there;
    size_t n;

    (void)state;
    hide(typed, 6);
    is_there = rb_word_find(rb_slice_of(typed, 6), &found);
    show(&is_there, sizeof is_there);
    show(&found, sizeof found);
    assert_true(is_there);
    index = found;
    hide(&index, sizeof index);
    n = rb_word_put(word, index);
    show(&n, sizeof n);
    show(word, sizeof word);
    assert_int_equal(n, 6);
    assert_memory_equal(word, "velvet", 6);
}

static void
test_codes_are_compared_and_become_passwords_without_a_branch(void **state)
{
    struct rb_shortcode a = {40817, {1, 2, 3}}, b = {40817, {1, 2, 3}};
    uint8_t password[RB_SHORTCODE_PASSWORD_SIZE];
    bool same;

    (void)state;
    hide(a.words, sizeof a.words);
    rb_shortcode_password(&a, password);
    show(password, sizeof password);
    assert_memory_equal(password, "\0\1\0\2\0\3", 6);
    same = rb_equal_constant_time(a.words, b.words, sizeof a.words);
    show(&same, sizeof same);
    assert_true(same);
}

static void
test_keys_are_derived_and_used_without_a_branch(void **state)
{
    static const uint8_t seed[32] = {1};
    struct rb_slice part = rb_slice_text("part");
    struct rb_device_keys *keys = NULL;
    struct rb_signature signature;
    struct rb_box_key public;
    uint8_t derived[32], secret[32] = {2};
    bool has_public;

    (void)state;
    T_OK(rb_device_keys_from_seed(seed, &keys, T_ERR));
    hide(secret, sizeof secret);
    rb_derive(derived, secret, RB_LABEL_RECORD_WRAP, &part, 1);
    hide(&keys->signing, sizeof keys->signing);
    rb_sign(&signature, &keys->signing, RB_LABEL_SIGN_RECORD, &part, 1);
    show(&signature, sizeof signature);
    assert_true(rb_signature_is_valid(&signature, &keys->key, RB_LABEL_SIGN_RECORD, &part, 1));
    hide(&keys->box, sizeof keys->box);
    has_public = rb_box_public(&keys->box, &public);
    show(&has_public, sizeof has_public);
    show(&public, sizeof public);
    assert_true(has_public && rb_box_key_equal(&public, &keys->box_key));
    rb_device_keys_free(keys);
}

static void
test_sealing_does_not_branch_on_key_or_content(void **state)
{
    struct rb_epoch_key key = {{3}};
    char content[] = "written";
    struct rb_buf sealed = {0}, plain = {0};
    struct rb_slice opened;
    struct t_env t;

    (void)state;
    t_env_init(&t, 1);
    hide(&key, sizeof key);
    hide(content, sizeof content);
    T_OK(rb_seal(&t.env, &key, &sealed, 0, 0, rb_slice_of(content, sizeof content), T_ERR));
    show(&key, sizeof key);
    show(sealed.ptr, sealed.len);
    T_OK(rb_seal_open(&key, rb_slice_of(NULL, 0), rb_buf_slice(&sealed), &plain, &opened, T_ERR));
    assert_true(rb_slice_equal(opened, rb_slice_of("written", sizeof content)));
    rb_buf_free(&sealed);
    rb_buf_free(&plain);
}

/* What memcheck must report: a comparison that stops at the first difference. */
static int
leak(void)
{
    char a[] = "secret", b[] = "secrer";

    hide(a, sizeof a);
    for (size_t i = 0; i < sizeof a; i++) {
        if (a[i] != b[i])
            return 0;
    }
    return 1;
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comparing_does_not_branch),
        cmocka_unit_test(test_words_are_looked_up_without_a_branch_or_an_index),
        cmocka_unit_test(test_codes_are_compared_and_become_passwords_without_a_branch),
        cmocka_unit_test(test_keys_are_derived_and_used_without_a_branch),
        cmocka_unit_test(test_sealing_does_not_branch_on_key_or_content),
    };

    if (rb_secret_init(NULL) != REBOUND_OK)
        return 1;
    if (argc > 1 && strcmp(argv[1], "leaky") == 0)
        return leak();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
