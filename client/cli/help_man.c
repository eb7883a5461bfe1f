#include "cli/help.h"
#include "cli/kind_options.h"

#include <stdio.h>
#include <string.h>

/* Of the text: a page that is made twice is the same. */
#define DATE "2026-11-25"

/* Text for roff: a backslash and a dash are escaped, and no line begins with a control character.
 */
static void
put(struct rb_out *out, const char *text)
{
    bool at_start = true;

    for (; *text != '\0'; text++) {
        if (at_start && (*text == '.' || *text == '\''))
            rb_out_printf(out, "\\&");
        if (*text == '\\')
            rb_out_printf(out, "\\e");
        else if (*text == '-')
            rb_out_printf(out, "\\-");
        else
            rb_out_printf(out, "%c", *text);
        at_start = *text == '\n';
    }
}

static void
put_paragraphs(struct rb_out *out, const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        char line[2048];
        if (len == 0) {
            rb_out_printf(out, ".PP\n");
        } else if (len < sizeof line) {
            memcpy(line, text, len);
            line[len] = '\0';
            put(out, line);
            rb_out_printf(out, "\n");
        }
        text += len;
        text += *text == '\n';
    }
}

static void
put_options(struct rb_out *out, const struct rb_opt *opt)
{
    for (; opt != NULL && opt->name != NULL; opt++) {
        rb_out_printf(out, ".TP\n.B ");
        if (opt->letter != 0)
            rb_out_printf(out, "\\-%c, ", opt->letter);
        put(out, "--");
        put(out, opt->name);
        if (opt->value != NULL)
            rb_out_printf(out, " \\fI%s\\fR", opt->value);
        rb_out_printf(out, "\n");
        put(out, opt->help);
        rb_out_printf(out, "\n");
    }
}

static void
put_head(struct rb_out *out, const char *name, const char *line)
{
    out->columns = 0;
    rb_out_printf(out, ".TH ");
    put(out, name);
    rb_out_printf(out, " 1 %s \"rebound %s\" \"User Commands\"\n.SH NAME\n", DATE,
                  rebound_version());
    put(out, name);
    rb_out_printf(out, " \\- ");
    put(out, line);
    rb_out_printf(out, "\n.SH SYNOPSIS\n");
}

/* Each form of the command on a line of its own. */
static void
put_synopsis(struct rb_out *out, const struct rb_command *command)
{
    const char *at = command->usage;

    for (;;) {
        size_t len = strcspn(at, "\n");
        char line[512];
        rb_out_printf(out, ".B rebound ");
        put(out, command->name);
        rb_out_printf(out, "\n");
        if (len > 0 && len < sizeof line) {
            memcpy(line, at, len);
            line[len] = '\0';
            put(out, line);
            rb_out_printf(out, "\n");
        }
        if (at[len] == '\0')
            break;
        rb_out_printf(out, ".br\n");
        at += len + 1;
    }
}

static void
put_row(struct rb_out *out, const char *name, const char *text)
{
    rb_out_printf(out, ".TP\n.B ");
    put(out, name);
    rb_out_printf(out, "\n");
    put(out, text);
    rb_out_printf(out, "\n");
}

static void
put_commands(struct rb_out *out)
{
    for (int g = 0; g < RB_GROUP_COUNT; g++) {
        rb_out_printf(out, ".SS ");
        put(out, rb_command_group_title((enum rb_command_group)g));
        rb_out_printf(out, "\n");
        for (size_t i = 0; i < rb_command_count(); i++) {
            const struct rb_command *command = rb_command_at(i);
            if (command->group == (enum rb_command_group)g)
                put_row(out, command->name, command->line);
        }
    }
    rb_out_printf(out, ".PP\nEach has a page of its own:\n.BR rebound\\-COMMAND (1).\n");
}

static void
put_environment(struct rb_out *out)
{
    const char *name, *meaning;

    rb_out_printf(out, ".SH ENVIRONMENT\n");
    for (size_t i = 0; (name = rb_help_variable_at(i, &meaning)) != NULL; i++)
        put_row(out, name, meaning);
}

static void
put_exit_status(struct rb_out *out)
{
    rb_out_printf(out, ".SH EXIT STATUS\n");
#define ROW(name, number, status, meaning)                                                         \
    rb_out_printf(out, ".TP\n.B %d\n", status);                                                    \
    put(out, meaning);                                                                             \
    rb_out_printf(out, "\n");
    REBOUND_ERROR_TABLE(ROW)
#undef ROW
}

void
rb_help_man(struct rb_out *out)
{
    put_head(out, "rebound", "a private journal for the hard parts of a working life");
    rb_out_printf(out, ".B rebound\n[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIWORDS\\fR]\n"
                       ".SH DESCRIPTION\n");
    put(out, "A private journal for the hard parts of a working life.\nEverything is encrypted on "
             "this device; a server, if you use one, can read none of it.\n");
    rb_out_printf(out, ".PP\n.B rebound\nalone shows where you stand, and two next steps.\n"
                       ".SH COMMANDS\n");
    put_commands(out);
    rb_out_printf(out, ".SH OPTIONS\n");
    put_options(out, rb_opt_globals);
    put_environment(out);
    put_exit_status(out);
    rb_out_printf(out, ".SH SEE ALSO\n.BR rebound\\-help (1),\n.BR reboundd (8)\n");
}

/* Those of the same group. */
static void
put_see_also(struct rb_out *out, const struct rb_command *command)
{
    rb_out_printf(out, ".SH SEE ALSO\n.BR rebound (1)");
    for (size_t i = 0; i < rb_command_count(); i++) {
        const struct rb_command *other = rb_command_at(i);
        if (other->group != command->group || other == command)
            continue;
        rb_out_printf(out, ",\n.BR rebound\\-");
        put(out, other->name);
        rb_out_printf(out, " (1)");
    }
    rb_out_printf(out, "\n");
}

void
rb_help_man_command(struct rb_out *out, const struct rb_command *command)
{
    struct rb_kind_options room;
    const struct rb_opt *options = rb_command_options(command, &room);
    char name[64];

    (void)snprintf(name, sizeof name, "rebound-%s", command->name);
    put_head(out, name, command->line);
    put_synopsis(out, command);
    rb_out_printf(out, ".SH DESCRIPTION\n");
    put_paragraphs(out, command->help);
    if (options != NULL && options->name != NULL) {
        rb_out_printf(out, ".SH OPTIONS\nThose that every command takes are in\n"
                           ".BR rebound (1).\n");
        put_options(out, options);
    }
    if (command->examples != NULL) {
        rb_out_printf(out, ".SH EXAMPLES\n.EX\n");
        put(out, command->examples);
        rb_out_printf(out, "\n.EE\n");
    }
    if (command->answers != NULL) {
        rb_out_printf(out, ".SH JSON\nWith\n.B \\-\\-json\nit answers with one document; "
                           "its schema is what this prints:\n.PP\n.B rebound help json ");
        put(out, command->name);
        rb_out_printf(out, "\n");
    }
    put_see_also(out, command);
}
