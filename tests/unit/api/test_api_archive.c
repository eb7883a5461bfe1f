/* Archives through the library: which passphrases are taken and how they are asked for, and what
 * fails outside while one is written or read.
 */
#include "support/library.h"

#define RIGHT "over the hills"

/* An archive in the making: what was written, and after how many bytes the disk is full. */
struct file {
    uint8_t bytes[1 << 20];
    size_t len, room;
};

static enum rebound_code
keep(void *ctx, const void *bytes, size_t len)
{
    struct file *f = ctx;

    if (len > f->room - f->len)
        return REBOUND_NO_SPACE;
    memcpy(f->bytes + f->len, bytes, len);
    f->len += len;
    return REBOUND_OK;
}

static enum rebound_code
export_as(struct rebound *r, const char *format, const char *passphrase, size_t len, struct file *f)
{
    const struct rebound_export_options options = {.size = sizeof options,
                                                   .format = format,
                                                   .passphrase = passphrase,
                                                   .passphrase_len = len,
                                                   .write = keep,
                                                   .ctx = f};

    f->len = 0;
    return rebound_export(r, &options, NULL, T_ERR);
}

/* Who is asked: what is answered, one after the other, NULL behind the last. */
struct asked {
    const char *answers[4];
    size_t n;                /* so often */
    enum rebound_code none;  /* the code when there is no other answer */
    const struct file *file; /* from here on it is read: */
    size_t at;
    enum rebound_code unreadable; /* and fails so behind the first 1000 bytes; OK: it does not */
};

static enum rebound_code
answer(void *ctx, bool again, void *to, size_t room, size_t *len_out)
{
    struct asked *a = ctx;
    const char *text = a->answers[a->n];

    assert_int_equal(again, a->n > 0);
    assert_int_equal(room, 4096);
    if (text == NULL)
        return a->none;
    a->n++;
    *len_out = strlen(text);
    memcpy(to, text, *len_out);
    return REBOUND_OK;
}

static enum rebound_code
answer_too_much(void *ctx, bool again, void *to, size_t room, size_t *len_out)
{
    (void)ctx;
    (void)again;
    (void)to;
    *len_out = room + 1;
    return REBOUND_OK;
}

static enum rebound_code
import_from(struct rebound *r, const struct file *f,
            enum rebound_code (*passphrase)(void *ctx, bool again, void *to, size_t room,
                                            size_t *len_out),
            void *ctx)
{
    const struct rebound_import_options options = {.size = sizeof options,
                                                   .bytes = f->bytes,
                                                   .len = f->len,
                                                   .passphrase = passphrase,
                                                   .ctx = ctx};
    struct rebound_import_report report;

    return rebound_import(r, &options, &report, T_ERR);
}

static enum rebound_code
give(void *ctx, void *to, size_t room, size_t *n_out)
{
    struct asked *a = ctx;
    size_t n = a->file->len - a->at;

    if (a->unreadable != REBOUND_OK && a->at >= 1000)
        return a->unreadable;
    n = n < room ? n : room;
    n = a->unreadable != REBOUND_OK && n > 1000 ? 1000 : n;
    memcpy(to, a->file->bytes + a->at, n);
    a->at += n;
    *n_out = n;
    return REBOUND_OK;
}

static enum rebound_code
import_by_bits(struct rebound *r, struct asked *a)
{
    const struct rebound_import_options options = {
        .size = sizeof options, .read = give, .passphrase = answer, .ctx = a};
    struct rebound_import_report report;

    return rebound_import(r, &options, &report, T_ERR);
}

static size_t
count(struct rebound *r)
{
    return t_library_count(r, (struct rebound_query){0});
}

/* Two journals, of which the first has an entry with enough text that an archive of it is not all
 * in one write. */
static void
begin(struct rebound **from, struct rebound **to, struct file **f)
{
    static char text[60000];
    uint64_t random = t_seed();

    for (size_t i = 0; i + 1 < sizeof text; i++)
        text[i] = (char)('!' + t_random_below(&random, 90));
    *from = t_library_new(t_library_dir(), "from");
    *to = t_library_new(t_library_dir(), "to");
    (void)t_library_add(*from, "note", "text", text);
    (void)t_library_add(*from, "note", "text", "another");
    *f = calloc(1, sizeof **f);
    assert_non_null(*f);
    (*f)->room = sizeof(*f)->bytes;
}

static void
end(struct rebound *from, struct rebound *to, struct file *f)
{
    rebound_close(from);
    rebound_close(to);
    free(f);
}

static void
test_a_passphrase_goes_with_an_archive_and_with_nothing_else(void **state)
{
    static const char long_one[4097] = {'x'};
    struct rebound *from, *to;
    struct file *f;

    (void)state;
    begin(&from, &to, &f);
    T_FAILS_WITH(REBOUND_EMPTY, export_as(from, "archive", NULL, 0, f));
    T_FAILS_WITH(REBOUND_TOO_LARGE, export_as(from, "archive", long_one, 4097, f));
    T_FAILS_WITH(REBOUND_MISUSE, export_as(from, "json", RIGHT, strlen(RIGHT), f));
    assert_int_equal(f->len, 0);                         /* not a byte of it */
    T_OK(export_as(from, "archive", long_one, 4096, f)); /* any bytes, zeros among them */
    T_FAILS_WITH(REBOUND_LOCKED, import_from(to, f, NULL, NULL));
    T_FAILS_WITH(REBOUND_MISUSE, import_from(to, f, answer_too_much, NULL));
    assert_int_equal(count(to), 0);
    end(from, to, f);
}

static void
test_it_is_asked_for_until_it_is_right_or_nobody_answers(void **state)
{
    struct asked given_up = {.answers = {"over the hill", "Over the hills"},
                             .none = REBOUND_WRONG_SECRET},
                 left = {.answers = {"over the hill"}, .none = REBOUND_INTERRUPTED},
                 empty = {.answers = {""}}, found = {.answers = {"no", "nor this", RIGHT}};
    struct rebound *from, *to;
    struct file *f;

    (void)state;
    begin(&from, &to, &f);
    T_OK(export_as(from, "archive", RIGHT, strlen(RIGHT), f));
    T_FAILS_WITH(REBOUND_WRONG_SECRET, import_from(to, f, answer, &given_up));
    assert_int_equal(given_up.n, 2);
    T_FAILS_WITH(REBOUND_INTERRUPTED, import_from(to, f, answer, &left));
    T_FAILS_WITH(REBOUND_EMPTY, import_from(to, f, answer, &empty));
    assert_int_equal(count(to), 0);
    T_OK(import_from(to, f, answer, &found));
    assert_int_equal(found.n, 3);
    assert_int_equal(count(to), 2);
    end(from, to, f);
}

/* What is no archive, or is damaged where that shows, is never asked about. */
static void
test_nobody_is_asked_in_vain(void **state)
{
    struct asked a = {.answers = {RIGHT}};
    struct rebound *from, *to;
    struct file *f;

    (void)state;
    begin(&from, &to, &f);
    T_OK(export_as(from, "json", NULL, 0, f));
    T_OK(import_from(to, f, answer, &a));
    T_OK(export_as(from, "archive", RIGHT, strlen(RIGHT), f));
    f->bytes[20] ^= 1;
    T_FAILS_WITH(REBOUND_CRYPTO, import_from(to, f, answer, &a));
    f->bytes[20] ^= 1;
    f->bytes[7]++;
    T_FAILS_WITH(REBOUND_TOO_NEW, import_from(to, f, answer, &a));
    f->bytes[7]--;
    f->len = 95;
    T_FAILS_WITH(REBOUND_CRYPTO, import_from(to, f, answer, &a));
    assert_int_equal(a.n, 0);
    end(from, to, f);
}

static void
test_what_cannot_be_written_or_read_ends_it_with_its_own_code(void **state)
{
    static const size_t rooms[] = {0, 95, 96, 20000};
    struct rebound *from, *to;
    struct file *f;

    (void)state;
    begin(&from, &to, &f);
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        f->room = rooms[i];
        T_FAILS_WITH(REBOUND_NO_SPACE, export_as(from, "archive", RIGHT, strlen(RIGHT), f));
    }
    f->room = sizeof f->bytes;
    T_OK(export_as(from, "archive", RIGHT, strlen(RIGHT), f));
    {
        struct asked broken = {.answers = {RIGHT}, .file = f, .unreadable = REBOUND_IO},
                     whole = {.answers = {RIGHT}, .file = f};
        T_FAILS_WITH(REBOUND_IO, import_by_bits(to, &broken));
        assert_int_equal(count(to), 0);
        T_OK(import_by_bits(to, &whole));
        assert_int_equal(count(to), 2);
    }
    end(from, to, f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_passphrase_goes_with_an_archive_and_with_nothing_else),
        cmocka_unit_test(test_it_is_asked_for_until_it_is_right_or_nobody_answers),
        cmocka_unit_test(test_nobody_is_asked_in_vain),
        cmocka_unit_test(test_what_cannot_be_written_or_read_ends_it_with_its_own_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
