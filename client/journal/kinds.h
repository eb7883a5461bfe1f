/* The table of kinds of entry and their fields. Forms, help, validation, import and export and the
 * vault's schema come from it. Adding a kind is a row. Pure and thread-safe.
 *
 * The rows are struct rebound_kind_info in all but name, so that the public API can hand them out:
 * journal may not include rebound.h, so the same shape stands here, and api/ checks that they
 * agree.
 */
#ifndef RB_JOURNAL_KINDS_H
#define RB_JOURNAL_KINDS_H

#include "base/bytes.h"
#include "vault/entries.h"

enum rb_field_type {
    RB_FIELD_LINE = 1,
    RB_FIELD_TEXT,
    RB_FIELD_NUMBER,
    RB_FIELD_TIME,
    RB_FIELD_CHOICE,
    RB_FIELD_LINK,
    RB_FIELD_SET
};

struct rb_field_row {
    const char *name;
    const char *label; /* for people */
    enum rb_field_type type;
    bool required;
    int64_t min, max;           /* NUMBER */
    const char *const *choices; /* CHOICE: NULL-terminated */
    const char *link_kind;      /* LINK: NULL: any */
    bool inside;                /* of use to programs alone: not shown, asked for or searched */
    const char *option; /* what the field is called where one is typed: "kind"; NULL: its name, or
                           given by the words themselves */
    const char *help;   /* a clause for help; NULL: the label says it */
    const char *const *choice_labels; /* CHOICE: for people, in the order of `choices` */
};

struct rb_kind_row {
    const char *name;
    const char *label;
    const char *plural;
    const char *title_field;
    const struct rb_field_row *fields;
    size_t n_fields;
    bool listed;
};

size_t rb_kind_count(void);
const struct rb_kind_row *rb_kind_at(size_t i);
const struct rb_kind_row *rb_kind(struct rb_slice name); /* NULL: of a later version, or none */
const struct rb_field_row *rb_kind_field(const struct rb_kind_row *kind, struct rb_slice name);

/* What a choice is called, in English; NULL: it is none of the field's. */
const char *rb_field_called(const struct rb_field_row *field, struct rb_slice value);

/* Checks a value against its field: type, range, choice, UTF-8, size; brings it into the form that
 * is stored (a number without leading zeros, a time in UTC), appended to `out`. BAD_FORMAT,
 * NOT_UTF8, TOO_LARGE, EMPTY; the sentence names the field by its label. "" clears, unless the
 * field is required: EMPTY. */
rb_result rb_field_check(const struct rb_field_row *field, struct rb_slice value,
                         struct rb_buf *out, struct rebound_error *err);

/* What the vault needs to know of kinds; static. For rb_entries_use_schema. */
const struct rb_entries_schema *rb_kinds_schema(void);

#endif
