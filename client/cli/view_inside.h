/* What the files of view.h share. */
#ifndef RB_CLI_VIEW_INSIDE_H
#define RB_CLI_VIEW_INSIDE_H

#include "cli/view.h"

/* A field's text; "" when it has none. */
const char *rb_view_field(const struct rebound_entry *e, const char *name);
/* What a value of this field is called. */
const char *rb_view_called(const struct rebound_field_info *info, const char *value);
/* What its kind is called. */
const char *rb_view_kind(const struct rebound_entry *e);
/* rb_view_json, and where its words were found; `snippet` may be NULL. */
void rb_view_found_json(struct rb_out *out, const char *key, const struct rebound_entry *e,
                        const char *snippet);

#endif
