/* THE table of commands: what dispatch, help, completion and the man page derive from.
 *
 * To add a command: a file cmd_NAME.c that defines `const struct rb_command rb_cmd_NAME`, its
 * function and its options beside it, and a row in commands.c. What it answers with --json has a
 * schema in client/data/schemas/. Nothing else.
 */
#ifndef RB_CLI_COMMANDS_H
#define RB_CLI_COMMANDS_H

#include "cli/options.h"

struct rb_cli;

/* By what people do, in the order of help. */
enum rb_command_group {
    RB_GROUP_BEGIN,
    RB_GROUP_SETBACK,
    RB_GROUP_NEXT,
    RB_GROUP_PEOPLE,
    RB_GROUP_DAY,
    RB_GROUP_BACK,
    RB_GROUP_FIND,
    RB_GROUP_CHANGE,
    RB_GROUP_SAFE,
    RB_GROUP_DEVICES,
    RB_GROUP_IN_OUT,
    RB_GROUP_SELF
};
#define RB_GROUP_COUNT 12

struct rb_command {
    const char *name;
    enum rb_command_group group;
    const char *line;  /* one clause, for the list of commands */
    const char *usage; /* what follows the name; several forms one a line; "" for nothing */
    const char *kind;  /* a kind's command: its fields are options too (kind_options.h); or NULL */
    const struct rb_opt *options; /* its own; NULL: none */
    const char *help;             /* paragraphs, a blank line between them */
    const char *examples;         /* one a line: "rebound status" */
    const char *ids; /* what completion (complete.h) offers where usage says ID; NULL: entries of
                        the kind, or of any */
    const char *answers; /* the schemas (schemas.h) of what it answers with --json, the one that
                            counts most first: "entry list"; NULL: it never does */
    size_t args_min, args_max; /* words after the name */
    bool pages;                /* only reads and asks nothing: a long answer goes through a pager */
    rb_result (*run)(struct rb_cli *cli, struct rebound_error *err);
};

#define RB_ARGS_ANY ((size_t)-1)

size_t rb_command_count(void);
const struct rb_command *rb_command_at(size_t i);           /* grouped, in the order of help */
const struct rb_command *rb_command_find(const char *name); /* NULL: none */
const char *rb_command_group_title(enum rb_command_group group);
/* MISUSE: says that there is no such command, and which one was meant if one is near. */
rb_result rb_command_unknown(const char *name, struct rebound_error *err);
/* Whether the words after the name are as many as the command takes. MISUSE with its usage. */
rb_result rb_command_check_args(const struct rb_command *command, size_t n,
                                struct rebound_error *err);

#endif
