/* Where to find a person to talk to, and whether what was written suggests that it is time to say
 * so. Data: client/data/help_now.txt, client/data/danger.txt. Pure.
 */
#ifndef RB_JOURNAL_HELP_NOW_H
#define RB_JOURNAL_HELP_NOW_H

#include "base/bytes.h"

/* One of the list; borrowed from the text. */
struct rb_help_row {
    struct rb_slice country; /* "DE"; "*": everywhere */
    bool emergency;
    struct rb_slice name, reach, hours, source, date;
};

/* Each row of a list, in order; `text` empty: the one that comes with the program. BAD_FORMAT names
 * the line. */
rb_result rb_help_each(struct rb_slice text, void (*each)(void *ctx, const struct rb_help_row *row),
                       void *ctx, struct rebound_error *err);

/* Does a text hold a whole phrase that suggests danger to life? Words are compared as search does.
 */
rb_result rb_danger_in(struct rb_slice text, bool *out, struct rebound_error *err);

#endif
