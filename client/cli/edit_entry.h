/* Changing an entry that is there, for the commands that do.
 */
#ifndef RB_CLI_EDIT_ENTRY_H
#define RB_CLI_EDIT_ENTRY_H

#include "cli/context.h"

/* `kind` NULL: any; else the entry must be of it (NOT_FOUND). `what` is what was typed: an id's
 * beginning, "@1". */
rb_result rb_find_entry(struct rb_cli *cli, const char *kind, const char *what,
                        struct rebound_entry **out, struct rebound_error *err);
rb_result rb_show_entry(struct rb_cli *cli, const char *kind, const char *what,
                        struct rebound_error *err);
/* With options that name fields: sets them. Without: the editor. */
rb_result rb_edit_entry(struct rb_cli *cli, const char *kind, const char *what,
                        struct rebound_error *err);
/* Some fields at once; `done` begins the line that says so. A value as it is stored. */
struct rb_field_value {
    const char *field, *value;
};
rb_result rb_edit_entry_fields(struct rb_cli *cli, const char *kind, const char *what,
                               const struct rb_field_value *values, size_t n, const char *done,
                               struct rebound_error *err);

#endif
