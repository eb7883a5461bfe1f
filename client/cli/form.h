/* What options and words say of an entry, on their way into an edit.
 */
#ifndef RB_CLI_FORM_H
#define RB_CLI_FORM_H

#include "cli/context.h"

/* Sets a field from what a person typed: a time as people write it, a link by "@1" or the beginning
 * of an id, an element of a set. "" clears. The library checks the rest. */
rb_result rb_form_set(struct rb_cli *cli, struct rebound_edit *edit,
                      const struct rebound_kind_info *kind, const char *field, const char *value,
                      struct rebound_error *err);
/* Every option that was given and that names a field of the kind (kind_options.h); "untag" takes an
 * element out of "tags". */
rb_result rb_form_options(struct rb_cli *cli, struct rebound_edit *edit,
                          const struct rebound_kind_info *kind, struct rebound_error *err);
const struct rebound_field_info *rb_form_field(const struct rebound_kind_info *kind,
                                               const char *name);

/* Words joined by spaces; "-" alone reads standard input. *out owned: rb_form_text_free. EMPTY,
 * NOT_UTF8, TOO_LARGE. */
rb_result rb_form_words(const char *const *words, size_t n, char **out, size_t *len_out,
                        struct rebound_error *err);
void rb_form_text_free(char *text);

/* The editor on an entry's title and text, the title as the first line where the kind has both.
 * `of` names the draft. Sets the fields of `edit`; *changed_out false: the person left it as it
 * was. A leftover draft is offered first. Call rb_form_written once the edit was saved. */
struct rb_draft;
rb_result rb_form_editor(struct rb_cli *cli, const char *of, const struct rebound_kind_info *kind,
                         const struct rebound_entry *now, struct rebound_edit *edit,
                         bool *changed_out, struct rb_draft **draft_out, struct rebound_error *err);

#endif
