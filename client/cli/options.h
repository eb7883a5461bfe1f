/* What a person typed: options by table, and the words between them.
 *
 * The global options may stand before or after the command's name; a command's own stand in its row
 * (commands.h). Long options are written out in full: a part of one is never guessed at, a typo
 * gets a suggestion. `--` ends the options. What a variable of the environment says counts where no
 * option says otherwise; an empty variable counts as unset.
 */
#ifndef RB_CLI_OPTIONS_H
#define RB_CLI_OPTIONS_H

#include "cli/fail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rb_opt {
    const char *name;     /* without the dashes; NULL ends a table */
    char letter;          /* 0: none */
    const char *value;    /* what stands for its value in help: "LINK"; NULL: a flag */
    const char *help;     /* one clause */
    const char *complete; /* what completion (complete.h) offers: "file", "dir", words "a b c" or a
                             source "<tags>"; NULL: what `value` stands for */
};

struct rb_opt_given {
    const struct rb_opt *opt;
    const char *value; /* NULL: a flag */
};

/* Everything borrowed from argv and the environment. */
struct rb_options {
    const char *vault; /* NULL: where the default is */
    const char *passphrase_file, *passphrase_command;
    int passphrase_fd; /* -1: none */
    bool source_given; /* one of these three by an option */
    bool json, no_input, quiet, plain, yes, offline, help, version, no_color, no_pager;

    struct rb_opt_given *given; /* the command's own, in order */
    size_t n_given, given_capacity;
    const char **args;
    size_t n_args, args_capacity;
};

extern const struct rb_opt rb_opt_globals[];

/* Room for what argv can hold. */
rb_result rb_opt_init(struct rb_options *o, int argc, struct rebound_error *err);
void rb_opt_wipe(struct rb_options *o);
/* What the environment says; `get` is getenv. */
void rb_opt_read_environment(struct rb_options *o, char *(*get)(const char *));
/* The global options before the command's name; *next_out is the index of the first word that is
 * none. MISUSE. */
rb_result rb_opt_take_globals(struct rb_options *o, int argc, char **argv, int *next_out,
                              struct rebound_error *err);
/* The rest, with the command's own options (may be NULL). MISUSE. */
rb_result rb_opt_take(struct rb_options *o, const struct rb_opt *own, int argc, char **argv,
                      struct rebound_error *err);

/* For a failure to be told in JSON when the options could not be read: whether --json is among the
 * words before --. */
bool rb_opt_asks_for_json(int argc, char **argv);

/* Of the command's own options, which its table must name. The last one given counts. */
bool rb_opt_has(const struct rb_options *o, const char *name);
const char *rb_opt_value(const struct rb_options *o, const char *name); /* NULL: not given */
/* The i-th value of an option that may be given more than once; NULL behind the last. */
const char *rb_opt_value_at(const struct rb_options *o, const char *name, size_t i);
/* A decimal number within [min, max]; *out stays as it is when the option was not given. MISUSE. */
rb_result rb_opt_number(const struct rb_options *o, const char *name, uint64_t min, uint64_t max,
                        uint64_t *out, struct rebound_error *err);
bool rb_opt_parse_number(const char *text, uint64_t max, uint64_t *out);

/* The option of that name or letter, the command's own (may be NULL) before the global ones; NULL:
 * none. */
const struct rb_opt *rb_opt_named(const struct rb_opt *own, const char *name, size_t len);
const struct rb_opt *rb_opt_lettered(const struct rb_opt *own, char letter);

/* How far two words are from each other in letters added, left out, changed or swapped: for
 * suggestions. */
size_t rb_opt_distance(const char *a, const char *b);

/* The nearest of several words to one that was mistyped. Begin with {.typed = word}, offer each. */
struct rb_opt_nearest {
    const char *typed;
    const char *best; /* NULL: none is near */
    size_t distance;
};
void rb_opt_offer(struct rb_opt_nearest *n, const char *word);

#endif
