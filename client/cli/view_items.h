/* Views of the library (a story, today) as a person reads them: sections with headings, and their
 * entries.
 */
#ifndef RB_CLI_VIEW_ITEMS_H
#define RB_CLI_VIEW_ITEMS_H

#include "cli/context.h"

/* What belongs to an entry, by the steps of a reflection. Nothing when nothing does. */
rb_result rb_view_story(struct rb_cli *cli, const struct rebound_entry *e,
                        struct rebound_error *err);
/* A list "KEY": {"section", "depth", "when", "entry"} for each item from `first` on. */
void rb_view_items_json(struct rb_out *out, const char *key, const struct rebound_view *view,
                        size_t first);
/* "How it felt", for a section; the section's own name where there is no heading for it. */
const char *rb_view_heading(const char *section);
/* The day, as of here: "2026-12-04". Returns out. */
const char *rb_view_when(int64_t ms, bool is_day, char *out, size_t size);

/* The same of a time as it is stored: a date, or a moment. */
const char *rb_view_day(const char *stored, char *out, size_t size);

#endif
