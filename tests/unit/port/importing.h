/* What the tests of importers share: a file or folder in memory, and what became of its entries. */
#ifndef TESTS_UNIT_PORT_IMPORTING_H
#define TESTS_UNIT_PORT_IMPORTING_H

#include "support/t.h"

#include "port/port.h"

struct got {
    unsigned entries, refused;
    struct rb_entry_id ids[8];
    char text[1024]; /* of the last entry: FIELD=VALUE; … */
    char why[512];   /* of the last one refused */
    uint64_t refused_index;
};

static inline rb_result
take(void *ctx, const struct rb_import_entry *entry, struct rebound_error *err)
{
    struct got *got = ctx;
    size_t len = 0;

    (void)err;
    got->ids[got->entries++ % 8] = entry->id;
    got->text[0] = '\0';
    for (size_t i = 0; i < entry->n_ops; i++)
        len +=
            (size_t)snprintf(got->text + len, sizeof got->text - len, "%s%.*s%s%.*s",
                             i == 0 ? "" : "; ", (int)entry->ops[i].field.len,
                             entry->ops[i].field.ptr, entry->ops[i].type == RB_OP_ADD ? "+=" : "=",
                             (int)entry->ops[i].value.len, entry->ops[i].value.ptr);
    return REBOUND_OK;
}

static inline void
refuse(void *ctx, uint64_t index, const char *sentence)
{
    struct got *got = ctx;

    got->refused++;
    got->refused_index = index;
    (void)snprintf(got->why, sizeof got->why, "%s", sentence);
}

static inline struct got
read_source(const struct rb_port_file *files, size_t n, bool is_folder, const char *format,
            const char *expected)
{
    const struct rb_port_source source = {.files = files, .n = n, .is_folder = is_folder};
    struct got got = {0};
    const struct rb_import_target target = {.entry = take, .refused = refuse, .ctx = &got};
    struct rb_import *import = NULL;

    T_OK(rb_import_open(&source, format, &import, T_ERR));
    if (expected != NULL)
        assert_string_equal(rb_import_format(import), expected);
    T_OK(rb_import_run(import, &target, T_ERR));
    if (rb_import_count(import) > 0) /* 0: it is read as it comes */
        assert_int_equal(rb_import_count(import), got.entries + got.refused);
    rb_import_free(import);
    return got;
}

static inline struct got
read_named(const char *name, const char *text, const char *expected)
{
    const struct rb_port_file file = {.name = rb_slice_text(name), .bytes = rb_slice_text(text)};

    return read_source(&file, 1, false, NULL, expected);
}

static inline struct got
read_file(const char *text, const char *format)
{
    const struct rb_port_file file = {.bytes = rb_slice_text(text)};

    return read_source(&file, 1, false, format, format);
}

/* What is read as it comes shows what is wrong with it later. */
static inline rb_result
open_and_run(const struct rb_port_source *source, const char *format, struct rebound_error *err)
{
    struct got got = {0};
    const struct rb_import_target target = {.entry = take, .refused = refuse, .ctx = &got};
    struct rb_import *import = NULL;
    enum rebound_code rc = rb_import_open(source, format, &import, err);

    if (rc == REBOUND_OK)
        rc = rb_import_run(import, &target, err);
    rb_import_free(import);
    return rc;
}

static inline void
refuses_file(enum rebound_code code, const char *text, const char *format, const char *says)
{
    const struct rb_port_file file = {.bytes = rb_slice_text(text)};
    const struct rb_port_source source = {.files = &file, .n = 1};

    T_FAILS_WITH(code, open_and_run(&source, format, T_ERR));
    if (strstr(t_error.sentence, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", t_error.sentence, says);
}

#endif
