#include "support/t.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "os/posix.h"
#include "vault/keyfile.h"

static const struct rb_vault_kdf floor_kdf = {.memory_kib = RB_KEYFILE_MIN_KIB, .passes = RB_KEYFILE_MIN_PASSES};

static struct rb_slice
whole(const uint8_t file[RB_KEYFILE_SIZE])
{
    return rb_slice_of(file, RB_KEYFILE_SIZE);
}

/* A new vault key wrapped under "correct horse" with the least that is allowed. Owned: rb_secret_free. */
static struct rb_vault_key *
wrapped(uint8_t file[RB_KEYFILE_SIZE])
{
    struct rb_vault_key *key = NULL;

    T_OK(rb_vault_key_new(rb_os_env(), &key, T_ERR));
    T_OK(rb_keyfile_wrap(rb_os_env(), key, rb_slice_text("correct horse"), &floor_kdf, file, T_ERR));
    return key;
}

static void
test_the_right_passphrase_opens_and_a_wrong_one_does_not(void **state)
{
    static const char *const wrong[] = {"Correct horse", "correct horse ", "correct hors", ""};
    uint8_t file[RB_KEYFILE_SIZE];
    struct rb_vault_key *key = wrapped(file), *opened = NULL;
    struct rb_vault_id id, in_file;
    struct rb_vault_kdf kdf;

    (void)state;
    T_OK(rb_keyfile_open(whole(file), rb_slice_text("correct horse"), &opened, T_ERR));
    assert_memory_equal(key->bytes, opened->bytes, sizeof key->bytes);
    rb_secret_free(opened);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        T_FAILS_WITH(REBOUND_WRONG_SECRET, rb_keyfile_open(whole(file), rb_slice_text(wrong[i]), &opened, T_ERR));
    T_OK(rb_keyfile_check(whole(file), &kdf, &in_file, T_ERR));
    rb_vault_key_id(key, &id);
    assert_true(memcmp(id.bytes, in_file.bytes, sizeof id.bytes) == 0);
    assert_int_equal(RB_KEYFILE_MIN_KIB, kdf.memory_kib);
    rb_secret_free(key);
}

static void
test_a_passphrase_is_bytes_of_any_kind_and_length(void **state)
{
    static const uint8_t odd[300] = {0, 0xff, 0xc3, 0x28};
    uint8_t file[RB_KEYFILE_SIZE];
    struct rb_vault_key *key = NULL, *opened = NULL;

    (void)state;
    T_OK(rb_vault_key_new(rb_os_env(), &key, T_ERR));
    T_FAILS_WITH(REBOUND_EMPTY, rb_keyfile_wrap(rb_os_env(), key, rb_slice_text(""), &floor_kdf, file, T_ERR));
    T_OK(rb_keyfile_wrap(rb_os_env(), key, rb_slice_of(odd, sizeof odd), &floor_kdf, file, T_ERR));
    T_OK(rb_keyfile_open(whole(file), rb_slice_of(odd, sizeof odd), &opened, T_ERR));
    rb_secret_free(opened);
    T_FAILS_WITH(REBOUND_WRONG_SECRET, rb_keyfile_open(whole(file), rb_slice_of(odd, sizeof odd - 1), &opened, T_ERR));
    rb_secret_free(key);
}

static void
test_a_new_passphrase_keeps_the_key_and_no_bytes_of_salt_or_wrap(void **state)
{
    uint8_t before[RB_KEYFILE_SIZE], after[RB_KEYFILE_SIZE];
    struct rb_vault_key *key = wrapped(before), *opened = NULL;

    (void)state;
    T_OK(rb_keyfile_wrap(rb_os_env(), key, rb_slice_text("battery staple"), &floor_kdf, after, T_ERR));
    assert_memory_equal(before, after, 32);
    assert_memory_not_equal(before + 32, after + 32, 16);
    assert_memory_not_equal(before + 104, after + 104, 48);
    T_FAILS_WITH(REBOUND_WRONG_SECRET, rb_keyfile_open(whole(after), rb_slice_text("correct horse"), &opened, T_ERR));
    T_OK(rb_keyfile_open(whole(after), rb_slice_text("battery staple"), &opened, T_ERR));
    assert_memory_equal(key->bytes, opened->bytes, sizeof key->bytes);
    rb_secret_free(opened);
    rb_secret_free(key);
}

/* Each flip costs an Argon2id or nothing: some bytes of each field, and all of the fixed ones. */
static void
test_a_flipped_byte_anywhere_never_opens(void **state)
{
    static const struct {
        size_t at;
        enum rebound_code expected;
    } cases[] = {
        {0, REBOUND_DAMAGED}, {4, REBOUND_DAMAGED}, {5, REBOUND_DAMAGED}, {6, REBOUND_DAMAGED}, {7, REBOUND_TOO_NEW},
        {8, REBOUND_DAMAGED}, {12, REBOUND_DAMAGED}, {15, REBOUND_DAMAGED}, {16, REBOUND_WRONG_SECRET},
        {31, REBOUND_WRONG_SECRET}, {32, REBOUND_WRONG_SECRET}, {47, REBOUND_WRONG_SECRET}, {48, REBOUND_WRONG_SECRET},
        {79, REBOUND_WRONG_SECRET}, {80, REBOUND_DAMAGED}, {103, REBOUND_DAMAGED}, {104, REBOUND_DAMAGED},
        {135, REBOUND_DAMAGED}, {136, REBOUND_DAMAGED}, {151, REBOUND_DAMAGED},
    };
    uint8_t file[RB_KEYFILE_SIZE];
    struct rb_vault_key *key = wrapped(file), *opened = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        file[cases[i].at] ^= 0x80;
        T_FAILS_WITH(cases[i].expected, rb_keyfile_open(whole(file), rb_slice_text("correct horse"), &opened, T_ERR));
        file[cases[i].at] ^= 0x80;
    }
    rb_secret_free(key);
}

static void
test_a_file_cut_short_or_too_long_is_damaged(void **state)
{
    uint8_t file[RB_KEYFILE_SIZE + 1] = {0};
    struct rb_vault_key *key = wrapped(file), *opened = NULL;

    (void)state;
    for (size_t len = 0; len <= sizeof file; len++)
        if (len != RB_KEYFILE_SIZE)
            T_FAILS_WITH(REBOUND_DAMAGED, rb_keyfile_open(rb_slice_of(file, len), rb_slice_text("correct horse"), &opened, T_ERR));
    rb_secret_free(key);
}

static void
test_parameters_outside_the_limits_are_refused_before_any_work(void **state)
{
    static const struct rb_vault_kdf bad[] = {
        {0, 3}, {1, 3}, {8, 3}, {1024, 3}, {19456, 3}, {65535, 3}, {65535, 10}, {32768, 10}, {1048577, 3}, {1048577, 10},
        {2097152, 3}, {4194303, 3}, {0x7fffffff, 3}, {0x80000000, 3}, {0xffffffff, 3}, {0xffffffff, 0xffffffff}, {65536, 0},
        {65536, 1}, {65536, 2}, {65536, 11}, {65536, 100}, {65536, 0x7fffffff}, {65536, 0x80000000}, {65536, 0xffffffff},
        {262144, 0}, {262144, 2}, {262144, 11}, {1048576, 11}, {1048576, 2}, {1048576, 0xffffffff},
    };
    uint8_t file[RB_KEYFILE_SIZE], out[RB_KEYFILE_SIZE];
    struct rb_vault_key *key = wrapped(file), *opened = NULL;
    struct rusage before, after;
    struct rebound_error err;

    (void)state;
    assert_true(sizeof bad / sizeof bad[0] >= 30);
    assert_int_equal(0, getrusage(RUSAGE_SELF, &before));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        rb_store_u32(file + 8, bad[i].memory_kib);
        rb_store_u32(file + 12, bad[i].passes);
        assert_int_equal(REBOUND_DAMAGED, rb_keyfile_open(whole(file), rb_slice_text("correct horse"), &opened, &err));
        if (bad[i].memory_kib != 0 && bad[i].passes != 0) /* zeros ask for the defaults there */
            assert_int_equal(REBOUND_BAD_FORMAT,
                             rb_keyfile_wrap(rb_os_env(), key, rb_slice_text("x"), &bad[i], out, &err));
    }
    assert_int_equal(0, getrusage(RUSAGE_SELF, &after));
    /* One Argon2id at the floor takes some 100 ms and touches 16,384 pages. */
    assert_true(after.ru_minflt - before.ru_minflt < 1000);
    assert_true((after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1000000 + after.ru_utime.tv_usec -
                    before.ru_utime.tv_usec < 50000);
    rb_secret_free(key);
}

static void
test_a_version_from_the_future_is_told_from_damage_whatever_its_length(void **state)
{
    uint8_t file[RB_KEYFILE_SIZE];
    struct rb_vault_key *key = wrapped(file);

    (void)state;
    file[7] = 2;
    T_FAILS_WITH(REBOUND_TOO_NEW, rb_keyfile_check(whole(file), NULL, NULL, T_ERR));
    T_FAILS_WITH(REBOUND_TOO_NEW, rb_keyfile_check(rb_slice_of(file, 90), NULL, NULL, T_ERR));
    file[7] = 0;
    T_FAILS_WITH(REBOUND_DAMAGED, rb_keyfile_check(whole(file), NULL, NULL, T_ERR));
    rb_secret_free(key);
}

static void
test_the_file_is_replaced_whole_and_private(void **state)
{
    uint8_t file[RB_KEYFILE_SIZE], back[RB_KEYFILE_SIZE];
    struct rb_vault_key *key = wrapped(file);
    char path[128];
    struct stat st;
    FILE *stream;

    (void)state;
    (void)snprintf(path, sizeof path, "%s/key", t_temp_dir());
    T_FAILS_WITH(REBOUND_NO_VAULT, rb_keyfile_read(path, back, T_ERR));
    T_OK(rb_keyfile_write(path, file, T_ERR));
    T_OK(rb_keyfile_read(path, back, T_ERR));
    assert_memory_equal(file, back, sizeof file);
    assert_int_equal(0, stat(path, &st));
    assert_int_equal(0600, st.st_mode & 0777);
    for (int len = 0; len < 2; len++) {
        stream = fopen(path, len == 0 ? "wb" : "ab");
        assert_non_null(stream);
        for (int i = 0; i < (len == 0 ? 10 : 200); i++)
            assert_int_not_equal(EOF, fputc('x', stream));
        assert_int_equal(0, fclose(stream));
        T_FAILS_WITH(REBOUND_DAMAGED, rb_keyfile_read(path, back, T_ERR));
    }
    rb_secret_free(key);
}

static int
set_up(void **state)
{
    (void)state;
    return rb_secret_init(NULL) == REBOUND_OK ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_right_passphrase_opens_and_a_wrong_one_does_not),
        cmocka_unit_test(test_a_passphrase_is_bytes_of_any_kind_and_length),
        cmocka_unit_test(test_a_new_passphrase_keeps_the_key_and_no_bytes_of_salt_or_wrap),
        cmocka_unit_test(test_a_flipped_byte_anywhere_never_opens),
        cmocka_unit_test(test_a_file_cut_short_or_too_long_is_damaged),
        cmocka_unit_test(test_parameters_outside_the_limits_are_refused_before_any_work),
        cmocka_unit_test(test_a_version_from_the_future_is_told_from_damage_whatever_its_length),
        cmocka_unit_test(test_the_file_is_replaced_whole_and_private),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
