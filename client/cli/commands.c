#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "cli/say.h"
#include "rebound.h"

/* One line each; the order is that of `rebound help` within a group. */
#define COMMANDS(X)                                                                                \
    X(init)                                                                                        \
    X(join)                                                                                        \
    X(recover)                                                                                     \
    X(connect)                                                                                     \
    X(reflect) \
    X(note)                                                                                        \
    X(setback)                                                                                     \
    X(feel)                                                                                        \
    X(cause)                                                                                       \
    X(ask)                                                                                         \
    X(reframe)                                                                                     \
    X(plan)                                                                                        \
    X(step)                                                                                        \
    X(kind)                                                                                        \
    X(grow)                                                                                        \
    X(contact)                                                                                     \
    X(win)                                                                                         \
    X(questions) \
    X(attach)                                                                                      \
    X(detach)                                                                                      \
    X(today)                                                                                       \
    X(timeline)                                                                                    \
    X(insights)                                                                                    \
    X(report) \
    X(remind)                                                                                      \
    X(review)                                                                                      \
    X(list)                                                                                        \
    X(search)                                                                                      \
    X(show)                                                                                        \
    X(open)                                                                                        \
    X(save)                                                                                        \
    X(edit)                                                                                        \
    X(tag)                                                                                         \
    X(delete)                                                                                      \
    X(trash)                                                                                       \
    X(restore)                                                                                     \
    X(history)                                                                                     \
    X(undo)                                                                                        \
    X(sync)                                                                                        \
    X(status)                                                                                      \
    X(conflicts)                                                                                   \
    X(link)                                                                                        \
    X(devices)                                                                                     \
    X(unlock)                                                                                      \
    X(lock)                                                                                        \
    X(passphrase)                                                                                  \
    X(settings)                                                                                    \
    X(export)                                                                                      \
    X(import)                                                                                      \
    X(check)                                                                                       \
    X(evidence)                                                                                    \
    X(help_now) \
    X(doctor)                                                                                      \
    X(completion)                                                                                  \
    X(help)

#define DECLARE(name) extern const struct rb_command rb_cmd_##name;
COMMANDS(DECLARE)
#undef DECLARE

static const struct rb_command *const rows[] = {
#define ROW(name) &rb_cmd_##name,
    COMMANDS(ROW)
#undef ROW
};

size_t
rb_command_count(void)
{
    return sizeof rows / sizeof rows[0];
}

const struct rb_command *
rb_command_at(size_t i)
{
    return rows[i];
}

const struct rb_command *
rb_command_find(const char *name)
{
    for (size_t i = 0; i < rb_command_count(); i++) {
        if (strcmp(rows[i]->name, name) == 0)
            return rows[i];
    }
    return NULL;
}

const char *
rb_command_group_title(enum rb_command_group group)
{
    static const char *const titles[RB_GROUP_COUNT] = {
        RB_TEXT("Begin"), RB_TEXT("Write"), RB_TEXT("Read"), RB_TEXT("Server and devices"),
        RB_TEXT("This journal")};

    return titles[group];
}

rb_result
rb_command_unknown(const char *name, struct rebound_error *err)
{
    struct rb_opt_nearest near = {.typed = name};

    for (size_t i = 0; i < rb_command_count(); i++)
        rb_opt_offer(&near, rows[i]->name);
    if (near.best != NULL)
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "There is no command \"%.60s\". Did you mean `rebound %s`?", name,
                           near.best);
    return rb_cli_fail(err, REBOUND_MISUSE,
                       "There is no command \"%.60s\". `rebound help` lists them.", name);
}

rb_result
rb_command_check_args(const struct rb_command *command, size_t n, struct rebound_error *err)
{
    int first = (int)strcspn(command->usage, "\n");

    if (n >= command->args_min && n <= command->args_max)
        return REBOUND_OK;
    return rb_cli_fail(err, REBOUND_MISUSE,
                       "%s for `rebound %s`. It is used like this: rebound %s %.*s",
                       n < command->args_min ? rebound_text("Something is missing")
                                             : rebound_text("That is one word too many"),
                       command->name, command->name, first, command->usage);
}
