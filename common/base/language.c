#include "base/language.h"

#include <stdatomic.h>
#include <string.h>

#define MAGIC 0x950412deU
#define HEADER 20 /* bytes that are read of it: magic, revision, count, offsets of the two tables  \
                   */
#define ROW 8     /* bytes: length, offset */

static _Atomic(const uint8_t *) in_use;
static _Atomic(const char *) in_use_code;

static uint32_t
u32_at(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Does each row of a table name text with a NUL behind it, inside the file? */
static bool
is_table(struct rb_slice mo, uint32_t at, uint32_t n)
{
    if (at > mo.len || (mo.len - at) / ROW < n)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t len = u32_at(mo.ptr + at + (size_t)i * ROW),
                 text = u32_at(mo.ptr + at + (size_t)i * ROW + 4);
        if (text > mo.len || mo.len - text <= len || mo.ptr[text + len] != '\0')
            return false;
    }
    return true;
}

bool
rb_language_use(const char *code, struct rb_slice catalogue)
{
    if (catalogue.len != 0 &&
        (catalogue.len < HEADER || u32_at(catalogue.ptr) != MAGIC ||
         !is_table(catalogue, u32_at(catalogue.ptr + 12), u32_at(catalogue.ptr + 8)) ||
         !is_table(catalogue, u32_at(catalogue.ptr + 16), u32_at(catalogue.ptr + 8))))
        return false;
    atomic_store(&in_use, catalogue.len == 0 ? NULL : catalogue.ptr);
    atomic_store(&in_use_code, code);
    return true;
}

const char *
rb_language(void)
{
    const char *code = atomic_load(&in_use_code);

    return code == NULL ? "en" : code;
}

static const char *
text_at(const uint8_t *mo, uint32_t table, uint32_t i)
{
    return (const char *)mo + u32_at(mo + table + (size_t)i * ROW + 4);
}

/* What the catalogue has for a text, the forms of number one behind the other; NULL when it has
 * nothing. */
static const char *
look_up(const char *english, size_t *len_out)
{
    const uint8_t *mo = atomic_load(&in_use);
    uint32_t low = 0, high = mo == NULL || *english == '\0' ? 0 : u32_at(mo + 8);

    while (low < high) { /* the rows are in the order of strcmp */
        uint32_t middle = low + (high - low) / 2, translated = u32_at(mo + 16);
        int order = strcmp(english, text_at(mo, u32_at(mo + 12), middle));
        if (order == 0) {
            *len_out = u32_at(mo + translated + (size_t)middle * ROW);
            return *len_out == 0 ? NULL : text_at(mo, translated, middle);
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const char *
rb_tr(const char *english)
{
    size_t len = 0;
    const char *text = english == NULL ? NULL : look_up(english, &len);

    return text == NULL ? english : text;
}

const char *
rb_tr_n(uint64_t n, const char *one, const char *many)
{
    size_t len = 0;
    const char *text = look_up(one, &len);

    if (text == NULL)
        return n == 1 ? one : many;
    return n == 1 || strlen(text) == len ? text : text + strlen(text) + 1;
}
