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
    X(reflect)                                                                                     \
    X(setback)                                                                                     \
    X(cause)                                                                                       \
    X(reframe)                                                                                     \
    X(kind)                                                                                        \
    X(help_now)                                                                                    \
    X(plan)                                                                                        \
    X(step)                                                                                        \
    X(grow)                                                                                        \
    X(contact)                                                                                     \
    X(ask)                                                                                         \
    X(today)                                                                                       \
    X(note)                                                                                        \
    X(feel)                                                                                        \
    X(win)                                                                                         \
    X(review)                                                                                      \
    X(remind)                                                                                      \
    X(timeline)                                                                                    \
    X(insights)                                                                                    \
    X(report)                                                                                      \
    X(list)                                                                                        \
    X(search)                                                                                      \
    X(show)                                                                                        \
    X(open)                                                                                        \
    X(save)                                                                                        \
    X(history)                                                                                     \
    X(edit)                                                                                        \
    X(tag)                                                                                         \
    X(attach)                                                                                      \
    X(detach)                                                                                      \
    X(delete)                                                                                      \
    X(trash)                                                                                       \
    X(restore)                                                                                     \
    X(undo)                                                                                        \
    X(unlock)                                                                                      \
    X(lock)                                                                                        \
    X(passphrase)                                                                                  \
    X(check)                                                                                       \
    X(evidence)                                                                                    \
    X(link)                                                                                        \
    X(devices)                                                                                     \
    X(connect)                                                                                     \
    X(sync)                                                                                        \
    X(status)                                                                                      \
    X(conflicts)                                                                                   \
    X(import)                                                                                      \
    X(export)                                                                                      \
    X(settings)                                                                                    \
    X(questions)                                                                                   \
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
    static const char *const titles[RB_GROUP_COUNT] = {RB_TEXT("Begin"),
                                                       RB_TEXT("When something went wrong"),
                                                       RB_TEXT("What to do next"),
                                                       RB_TEXT("People"),
                                                       RB_TEXT("Every day"),
                                                       RB_TEXT("Look back"),
                                                       RB_TEXT("Find"),
                                                       RB_TEXT("Change"),
                                                       RB_TEXT("Keep it safe"),
                                                       RB_TEXT("Devices and server"),
                                                       RB_TEXT("In and out"),
                                                       RB_TEXT("This program")};

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
