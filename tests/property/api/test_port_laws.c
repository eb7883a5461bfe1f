/* Laws of our own JSON, and of the archive that holds it: what goes out of a journal and into
 * another is equal there, edit by edit; a second time it adds nothing; and no file, cut or altered,
 * does harm. */
#include "support/library.h"

#define STEPS 120
#define ALTERED 150
#define ALTERED_ARCHIVES 5 /* each takes a passphrase */
#define PASSPHRASE "over the hills"

struct text {
    char *bytes;
    size_t len, room;
};

static enum rebound_code
collect(void *ctx, const void *bytes, size_t len)
{
    struct text *t = ctx;

    if (t->len + len + 1 > t->room) {
        t->room = 2 * (t->len + len + 1);
        t->bytes = realloc(t->bytes, t->room);
        assert_non_null(t->bytes);
    }
    memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
    t->bytes[t->len] = '\0';
    return REBOUND_OK;
}

static struct text
export_as(struct rebound *r, const char *format)
{
    struct text t = {0};
    bool sealed = strcmp(format, "archive") == 0;
    const struct rebound_export_options options = {.size = sizeof options,
                                                   .format = format,
                                                   .passphrase = sealed ? PASSPHRASE : NULL,
                                                   .passphrase_len =
                                                       sealed ? strlen(PASSPHRASE) : 0,
                                                   .write = collect,
                                                   .ctx = &t};
    uint64_t entries = 0;

    T_OK(rebound_export(r, &options, &entries, T_ERR));
    return t;
}

static struct text
export_of(struct rebound *r)
{
    return export_as(r, "json");
}

static enum rebound_code
give_passphrase(void *ctx, bool again, void *to, size_t room, size_t *len_out)
{
    (void)ctx;
    assert_true(room >= strlen(PASSPHRASE));
    if (again)
        return REBOUND_WRONG_SECRET;
    *len_out = strlen(PASSPHRASE);
    memcpy(to, PASSPHRASE, *len_out);
    return REBOUND_OK;
}

static void
ignore(void *ctx, uint64_t index, const char *sentence)
{
    (void)index;
    assert_true(strlen(sentence) > 0);
    ++*(unsigned *)ctx;
}

static enum rebound_code
import_into(struct rebound *r, const char *bytes, size_t len, struct rebound_import_report *report)
{
    unsigned refused = 0;
    const struct rebound_import_options options = {.size = sizeof options,
                                                   .bytes = bytes,
                                                   .len = len,
                                                   .passphrase = give_passphrase,
                                                   .refused = ignore,
                                                   .ctx = &refused};
    enum rebound_code rc;

    *report = (struct rebound_import_report){0};
    rc = rebound_import(r, &options, report, T_ERR);
    if (rc == REBOUND_OK || rc == REBOUND_PARTLY)
        assert_int_equal(refused, report->refused);
    return rc;
}

/* --- a journal of chance --- */

static const char *const texts[] = {"calm morning",
                                    "two\nlines\n",
                                    "\"quoted\" \\ and / and {[,]}",
                                    "Boß über Ærø 😀",
                                    "esc \x1b[31m bell \x07 del \x7f",
                                    "\xc2\x9b c1, \xe2\x80\xae turned",
                                    "\t",
                                    "a\r\nb"};
static const char *const lines[] = {"work", "calm", "ünï", "\"q\"", "x y"};

#define PICK(random, list) (list)[t_random_below((random), sizeof(list) / sizeof(list)[0])]

static const char *
value_for(const struct rebound_field_info *field, const struct rebound_id *other, char hex[33],
          uint64_t *random)
{
    switch (field->type) {
    case REBOUND_FIELD_LINE:
    case REBOUND_FIELD_SET:
        return PICK(random, lines);
    case REBOUND_FIELD_TEXT:
        return PICK(random, texts);
    case REBOUND_FIELD_NUMBER:
        return "7";
    case REBOUND_FIELD_TIME:
        return t_random_below(random, 2) == 0 ? "2026-11-24" : "2025-01-02T03:04:05.678Z";
    case REBOUND_FIELD_CHOICE:
        return field->choices[0];
    case REBOUND_FIELD_LINK:
        break;
    }
    rebound_id_text(other, hex);
    return hex;
}

/* Wishes for some of the fields, for all that are needed in a new entry. What a field does not take
 * (a text of blanks where one is needed) is left out by the library itself. */
static void
wish(struct rebound_edit *edit, const char *kind, bool new_one, const struct rebound_id *other,
     uint64_t *random)
{
    const struct rebound_kind_info *info = rebound_kind(kind);
    char hex[33];

    for (size_t i = 0; i < info->field_count; i++) {
        const struct rebound_field_info *field = &info->fields[i];
        const char *value = value_for(field, other, hex, random);
        if (field->required && new_one) {
            T_OK(rebound_edit_set(edit, field->name, "needed", 6, T_ERR));
        } else if (t_random_below(random, 3) != 0) {
            continue;
        } else if (field->type != REBOUND_FIELD_SET) {
            (void)rebound_edit_set(edit, field->name, value, strlen(value), NULL);
        } else if (t_random_below(random, 3) == 0) {
            T_OK(rebound_edit_remove(edit, field->name, value, T_ERR));
        } else {
            T_OK(rebound_edit_add(edit, field->name, value, T_ERR));
        }
    }
}

static void
change(struct rebound *r, const struct rebound_id *id, const struct rebound_id *other,
       uint64_t *random)
{
    struct rebound_edit *edits[2] = {NULL, NULL};
    size_t n = 1 + t_random_below(random, 2); /* two that do not know of each other */
    struct rebound_entry *entry = NULL;

    T_OK(rebound_get(r, id, &entry, T_ERR));
    for (size_t i = 0; i < n; i++) {
        T_OK(rebound_edit_open(r, id, &edits[i], T_ERR));
        wish(edits[i], rebound_entry_kind(entry), false, other, random);
    }
    for (size_t i = 0; i < n; i++) {
        T_OK(rebound_edit_save(r, edits[i], NULL, NULL, T_ERR));
        rebound_edit_free(edits[i]);
    }
    rebound_entry_free(entry);
}

static struct rebound_id
add(struct rebound *r, const struct rebound_id *other, uint64_t *random)
{
    const struct rebound_kind_info *info = NULL;
    struct rebound_edit *edit = NULL;
    struct rebound_id id;

    do
        info = rebound_kind_at(t_random_below(random, rebound_kind_count()));
    while (!info->listed);
    T_OK(rebound_edit_new(r, info->name, &edit, T_ERR));
    wish(edit, info->name, true, other, random);
    T_OK(rebound_edit_save(r, edit, &id, NULL, T_ERR));
    rebound_edit_free(edit);
    return id;
}

/* --- attachments --- */

#define FILES_MAX 5

struct given {
    uint8_t seed;
    size_t left;
};

static enum rebound_code
give(void *ctx, void *to, size_t room, size_t *n_out)
{
    struct given *g = ctx;
    size_t n = g->left < room ? g->left : room;

    for (size_t i = 0; i < n; i++)
        ((uint8_t *)to)[i] = (uint8_t)(g->seed + i * 7 + (i >> 9));
    g->left -= n;
    *n_out = n;
    return REBOUND_OK;
}

static void
attach(struct rebound *r, const struct rebound_id *of, size_t most, uint64_t *random)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 786432, 786433, 2000000};
    struct given given = {(uint8_t)t_random_below(random, 256), PICK(random, sizes) % most};
    const struct rebound_attach_options options = {.size = sizeof options,
                                                   .of = of,
                                                   .name = PICK(random, lines),
                                                   .bytes = given.left,
                                                   .read = give,
                                                   .ctx = &given};
    struct rebound_id id;

    T_OK(rebound_attach(r, &options, &id, T_ERR));
    if (t_random_below(random, 4) == 0)
        T_OK(rebound_delete(r, &id, 1, T_ERR));
}

static void
live_a_while(struct rebound *r, size_t most, uint64_t *random)
{
    struct rebound_id ids[STEPS + 1] = {{{0}}};
    size_t n = 1;
    unsigned files = 0;

    for (unsigned i = 0; i < STEPS; i++) {
        const struct rebound_id *one = &ids[t_random_below(random, n)],
                                *other = &ids[t_random_below(random, n)];
        uint64_t choice = t_random_below(random, 10);
        if (n == 1 || choice < 4) {
            ids[n] = add(r, other, random);
            n++;
        } else if (one == &ids[0]) {
            continue;
        } else if (choice < 8) {
            change(r, one, other, random);
        } else if (files < FILES_MAX && t_random_below(random, 3) == 0) {
            attach(r, one, most, random);
            files++;
        } else if (choice == 8) {
            T_OK(rebound_delete(r, one, 1, T_ERR));
        } else {
            T_OK(rebound_restore(r, one, 1, T_ERR));
        }
    }
    attach(r, NULL, most, random); /* at least one */
}

/* --- comparing --- */

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes `"NAME":VALUE,` out of a line; a value ends where `end` stands. */
static void
cut_out(char *line, const char *name, const char *end)
{
    char *from = strstr(line, name), *to = from == NULL ? NULL : strstr(from + strlen(name), end);

    assert_non_null(to);
    memmove(from, to + strlen(end), strlen(to + strlen(end)) + 1);
}

/* Its content is sealed anew for the journal that it comes into: where it lies, under which key,
 * and the edit that says so are not the same. */
static void
cut_seals(char *line)
{
    cut_out(line, "\"modified\":", ",");
    cut_out(line, "\"key\":\"", "\",");
    cut_out(line, "\"root\":\"", "\",");
    cut_out(line, ",\"edits\":[", "]");
}

/* The lines of entries and of contents, sorted, without those that name devices; one string, owned.
 */
static char *
sorted_entries(struct text *export)
{
    char *found[4 * STEPS], *all = calloc(1, export->len + 1), *rest = NULL, *line;
    size_t n = 0;

    assert_non_null(all);
    for (line = strtok_r(export->bytes, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        size_t len = strlen(line);
        if (len > 0 && line[len - 1] == ',')
            line[len - 1] = '\0';
        if (strstr(line, "\"kind\":\"file\"") != NULL)
            cut_seals(line);
        if ((strncmp(line, "{\"id\"", 5) == 0 && strstr(line, "\"kind\":\"device\"") == NULL) ||
            strncmp(line, "{\"entry\"", 8) == 0)
            found[n++] = line;
    }
    qsort(found, n, sizeof found[0], by_text);
    for (size_t i = 0; i < n; i++)
        strcat(strcat(all, found[i]), "\n");
    return all;
}

static void
count(void *ctx, const char *sentence)
{
    (void)fprintf(stderr, "%s\n", sentence);
    ++*(unsigned *)ctx;
}

static void
assert_sound(struct rebound *r)
{
    unsigned damages = 0;

    T_OK(rebound_check(r, count, &damages, T_ERR));
    assert_int_equal(damages, 0);
}

/* The first line that differs: the whole is too long to print. */
static void
fail_differing(const char *left, const char *right)
{
    size_t at = 0;

    while (left[at] == right[at])
        at++;
    while (at > 0 && left[at - 1] != '\n')
        at--;
    fail_msg("%.600s\n  is there as\n%.600s", left + at, right + at);
}

/* --- the laws --- */

static void
goes_out_and_comes_in_equal(const char *format)
{
    uint64_t random = t_seed();
    struct rebound *one = t_library_new(t_library_dir(), "one"),
                   *two = t_library_new(t_library_dir(), "two");
    struct rebound_import_report report;
    struct text out, back;
    char *left, *right;

    live_a_while(one, SIZE_MAX, &random);
    out = export_as(one, format);
    T_OK(import_into(two, out.bytes, out.len, &report));
    assert_int_equal(report.changed + report.unchanged + report.refused, 0);
    assert_int_equal(
        report.added,
        t_library_count(one, (struct rebound_query){0}) +
            t_library_count(one, (struct rebound_query){.trashed = true}) -
            t_library_count(one, (struct rebound_query){.trashed = true, .kind = "file"}));
    T_OK(import_into(two, out.bytes, out.len, &report));
    assert_int_equal(report.added + report.changed + report.refused, 0);
    free(out.bytes);
    out = export_of(one);
    back = export_of(two);
    left = sorted_entries(&out);
    right = sorted_entries(&back);
    assert_non_null(strstr(left, "{\"entry\""));
    if (strcmp(left, right) != 0)
        fail_differing(left, right);
    free(left);
    free(right);
    free(out.bytes);
    free(back.bytes);
    rebound_close(one);
    rebound_close(two);
}

static void
test_what_goes_out_comes_in_equal_and_a_second_time_adds_nothing(void **state)
{
    (void)state;
    goes_out_and_comes_in_equal("json");
}

static void
test_what_is_sealed_comes_in_equal_and_a_second_time_adds_nothing(void **state)
{
    (void)state;
    goes_out_and_comes_in_equal("archive");
}

/* Every byte of it counts, and until the last one nothing goes in. */
static void
test_an_archive_that_is_cut_or_altered_anywhere_is_refused_and_nothing_of_it_goes_in(void **state)
{
    uint64_t random = t_seed();
    struct rebound *one = t_library_new(t_library_dir(), "one"),
                   *two = t_library_new(t_library_dir(), "two");
    struct rebound_import_report report;
    struct text out;

    (void)state;
    live_a_while(one, 200000, &random);
    out = export_as(one, "archive");
    for (unsigned i = 0; i < ALTERED_ARCHIVES; i++) { /* 8 bytes say what it is */
        size_t at = 8 + t_random_below(&random, out.len - 8);
        char was = out.bytes[at];
        T_FAILS_WITH(REBOUND_CRYPTO, import_into(two, out.bytes, at, &report));
        out.bytes[at] = (char)(out.bytes[at] ^ (1 << t_random_below(&random, 8)));
        T_FAILS_WITH(REBOUND_CRYPTO, import_into(two, out.bytes, out.len, &report));
        out.bytes[at] = was;
    }
    assert_int_equal(t_library_count(two, (struct rebound_query){0}), 0);
    assert_sound(two);
    free(out.bytes);
    rebound_close(one);
    rebound_close(two);
}

static void
test_a_file_that_is_cut_anywhere_is_refused_and_nothing_of_it_goes_in(void **state)
{
    uint64_t random = t_seed();
    struct rebound *one = t_library_new(t_library_dir(), "one"),
                   *two = t_library_new(t_library_dir(), "two");
    struct rebound_import_report report;
    struct text out;

    (void)state;
    live_a_while(one, 1000, &random);
    out = export_of(one);
    for (unsigned i = 0; i < ALTERED; i++) { /* the last two bytes are "}" and a line break */
        size_t len = t_random_below(&random, out.len - 1);
        T_FAILS_WITH(REBOUND_BAD_FORMAT, import_into(two, out.bytes, len, &report));
    }
    assert_int_equal(t_library_count(two, (struct rebound_query){0}), 0);
    free(out.bytes);
    rebound_close(one);
    rebound_close(two);
}

/* A byte here and there: what is still an entry goes in, all else is named, the journal stays
 * sound. */
static void
test_a_file_that_was_altered_does_no_harm(void **state)
{
    uint64_t random = t_seed();
    struct rebound *one = t_library_new(t_library_dir(), "one"),
                   *two = t_library_new(t_library_dir(), "two");
    struct rebound_import_report report;
    struct text out;
    unsigned taken = 0;

    (void)state;
    live_a_while(one, 1000, &random);
    out = export_of(one);
    for (unsigned i = 0; i < ALTERED; i++) {
        size_t at = t_random_below(&random, out.len);
        char was = out.bytes[at];
        enum rebound_code rc;
        out.bytes[at] = "AZ09_-\"{}[],:\\\x80\n"[t_random_below(&random, 16)];
        rc = import_into(two, out.bytes, out.len, &report);
        if (rc != REBOUND_OK && rc != REBOUND_PARTLY && rc != REBOUND_BAD_FORMAT &&
            rc != REBOUND_TOO_NEW)
            fail_msg("byte %zu: %s: %s", at, rebound_error_name(rc), t_error.sentence);
        taken += rc == REBOUND_OK || rc == REBOUND_PARTLY;
        out.bytes[at] = was;
    }
    assert_true(taken > 0);
    assert_sound(two);
    free(out.bytes);
    rebound_close(one);
    rebound_close(two);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_goes_out_comes_in_equal_and_a_second_time_adds_nothing),
        cmocka_unit_test(test_what_is_sealed_comes_in_equal_and_a_second_time_adds_nothing),
        cmocka_unit_test(
            test_an_archive_that_is_cut_or_altered_anywhere_is_refused_and_nothing_of_it_goes_in),
        cmocka_unit_test(test_a_file_that_is_cut_anywhere_is_refused_and_nothing_of_it_goes_in),
        cmocka_unit_test(test_a_file_that_was_altered_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
