/* Kinds: the table of journal/kinds.h, whose rows are those of rebound.h in all but name. */
#include "api/api.h"

#include "journal/emotions.h"
#include "journal/kinds.h"

#define SAME(theirs, their_member, ours, our_member)                                               \
    _Static_assert(offsetof(struct theirs, their_member) == offsetof(struct ours, our_member),     \
                   #theirs "." #their_member " is not where the table has it")

SAME(rebound_field_info, name, rb_field_row, name);
SAME(rebound_field_info, label, rb_field_row, label);
SAME(rebound_field_info, type, rb_field_row, type);
SAME(rebound_field_info, required, rb_field_row, required);
SAME(rebound_field_info, min, rb_field_row, min);
SAME(rebound_field_info, max, rb_field_row, max);
SAME(rebound_field_info, choices, rb_field_row, choices);
SAME(rebound_field_info, link_kind, rb_field_row, link_kind);
SAME(rebound_field_info, inside, rb_field_row, inside);
SAME(rebound_field_info, option, rb_field_row, option);
SAME(rebound_field_info, help, rb_field_row, help);
SAME(rebound_field_info, choice_labels, rb_field_row, choice_labels);
SAME(rebound_kind_info, name, rb_kind_row, name);
SAME(rebound_kind_info, label, rb_kind_row, label);
SAME(rebound_kind_info, plural, rb_kind_row, plural);
SAME(rebound_kind_info, title_field, rb_kind_row, title_field);
SAME(rebound_kind_info, fields, rb_kind_row, fields);
SAME(rebound_kind_info, field_count, rb_kind_row, n_fields);
SAME(rebound_kind_info, listed, rb_kind_row, listed);
_Static_assert(sizeof(struct rebound_field_info) == sizeof(struct rb_field_row), "other fields");
_Static_assert(sizeof(struct rebound_kind_info) == sizeof(struct rb_kind_row), "other kinds");
_Static_assert((int)REBOUND_FIELD_LINE == RB_FIELD_LINE &&
                   (int)REBOUND_FIELD_TEXT == RB_FIELD_TEXT &&
                   (int)REBOUND_FIELD_NUMBER == RB_FIELD_NUMBER &&
                   (int)REBOUND_FIELD_TIME == RB_FIELD_TIME &&
                   (int)REBOUND_FIELD_CHOICE == RB_FIELD_CHOICE &&
                   (int)REBOUND_FIELD_LINK == RB_FIELD_LINK &&
                   (int)REBOUND_FIELD_SET == RB_FIELD_SET,
               "other types of field");

size_t
rebound_kind_count(void)
{
    return rb_kind_count();
}

const struct rebound_kind_info *
rebound_kind_at(size_t i)
{
    return (const struct rebound_kind_info *)rb_kind_at(i);
}

const struct rebound_kind_info *
rebound_kind(const char *name)
{
    return name == NULL ? NULL : (const struct rebound_kind_info *)rb_kind(rb_slice_text(name));
}

const char *
rebound_emotion_at(size_t i, size_t *len_out)
{
    int valence = 0;

    return len_out == NULL ? NULL : rb_emotion_at(i, len_out, &valence);
}
