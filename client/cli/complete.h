/* Completion: what may stand next on a line that is being typed. The shells' scripts
 * (cmd_completion.c) ask for it and know no command themselves.
 *
 * What the tables say completes them: names of commands and options, the forms of a command's
 * usage, and what stands for an option's value. In `complete` of an option, and where a usage says
 * ID, stand words with blanks between: as they are, or the name of a source in angle brackets:
 * <tags>, <people>, <setback> (entries of that kind, by id). The sources are in
 * complete_sources.c, one row each.
 *
 * It reads the journal only while the kernel keeps its key, never asks for anything, never goes to
 * the network, and answers nothing where it could not.
 */
#ifndef RB_CLI_COMPLETE_H
#define RB_CLI_COMPLETE_H

#include "cli/context.h"

/* A word that is being completed. */
struct rb_complete {
    struct rb_cli *cli;
    const struct rb_command *command; /* NULL: not typed yet */
    const char *typed;                /* what there is of the word */
    const char *before;               /* stands before each candidate: "--tag=" */
    size_t before_len;
    const char *last; /* the word before it that is no option; "" */
    char **told;      /* the candidates so far: each is told once */
    size_t n_told;
    bool files, folders; /* may be a path: the shell knows those */
    bool looked;         /* for a journal that can be read without asking */
};

/* Prints what may stand in place of the last of `words`, the words behind "rebound" that are typed
 * so far: each candidate, a tab and what it is, a line each; then "files" or "folders", without a
 * tab, where a path may stand there. Never fails. */
void rb_complete(struct rb_cli *cli, const char *const *words, size_t n);

/* A candidate, if it begins as what is typed (upper or lower case). `what` may be NULL. */
void rb_complete_put(struct rb_complete *c, const char *word, const char *what);
/* Words and sources, as above. */
void rb_complete_list(struct rb_complete *c, const char *list);
/* What a placeholder of a usage or an option's value stands for: "TAG", "FILE". */
void rb_complete_placeholder(struct rb_complete *c, const char *name, size_t len);
/* Whether the journal can be read: it is there and unlocked, or the kernel keeps its key. */
bool rb_complete_journal(struct rb_complete *c);

#endif
