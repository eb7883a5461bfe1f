/* What the command of a kind does beyond adding, listing, showing and editing: `step done`, `ask
 * answer`, `grow did` …, as one table.
 */
#ifndef RB_CLI_KIND_ACTIONS_H
#define RB_CLI_KIND_ACTIONS_H

#include "cli/context.h"

struct rb_kind_action {
    const char *word;  /* "done" */
    const char *kind;  /* whose it is; NULL: of every kind with a field `state` */
    const char *done;  /* what the line that confirms it begins with: "Done:" */
    const char *state; /* the field `state` gets it; NULL: another matter */
    /* `words` are those behind the action's own. */
    rb_result (*run)(struct rb_cli *cli, const struct rebound_kind_info *kind,
                     const struct rb_kind_action *action, const char *const *words, size_t n,
                     struct rebound_error *err);
};

/* "dnoe @1": words that stand before an entry's place and are nearly an action's are no entry to be
 * made. MISUSE, with what was meant. */
rb_result rb_kind_refuse_slip(const struct rebound_kind_info *kind, const char *const *words,
                              size_t n, struct rebound_error *err);

/* NULL: the word is none. */
const struct rb_kind_action *rb_kind_action(const struct rebound_kind_info *kind, const char *word);

#endif
