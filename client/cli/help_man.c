#include "cli/help.h"
#include "cli/kind_options.h"

#include <string.h>

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
put_lines(struct rb_out *out, const char *text)
{
    rb_out_printf(out, ".PP\n.EX\n");
    put(out, text);
    rb_out_printf(out, "\n.EE\n");
}

static void
put_command(struct rb_out *out, const struct rb_command *command)
{
    const char *at = command->usage;
    struct rb_kind_options room;

    rb_out_printf(out, ".SS ");
    put(out, command->name);
    rb_out_printf(out, "\n.nf\n");
    for (;;) {
        size_t len = strcspn(at, "\n");
        char line[512];
        if (len < sizeof line) {
            memcpy(line, at, len);
            line[len] = '\0';
            rb_out_printf(out, "\\fBrebound %s\\fR ", command->name);
            put(out, line);
            rb_out_printf(out, "\n");
        }
        if (at[len] == '\0')
            break;
        at += len + 1;
    }
    rb_out_printf(out, ".fi\n.PP\n");
    put_paragraphs(out, command->help);
    put_options(out, rb_command_options(command, &room));
    if (command->examples != NULL)
        put_lines(out, command->examples);
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
    out->columns = 0;
    rb_out_printf(out,
                  ".TH REBOUND 1 \"\" \"rebound %s\" \"User Commands\"\n.SH NAME\nrebound \\- a "
                  "private journal that syncs\n.SH SYNOPSIS\n.B rebound\n[\\fIOPTIONS\\fR] "
                  "\\fICOMMAND\\fR [\\fIWORDS\\fR]\n.SH DESCRIPTION\n",
                  rebound_version());
    put(out, "A private journal for the hard parts of a working life. Everything is encrypted on "
             "this device; a server, if you use one, can read none of it.\n");
    rb_out_printf(out, ".SH OPTIONS\n");
    put_options(out, rb_opt_globals);
    rb_out_printf(out, ".SH COMMANDS\n");
    for (size_t i = 0; i < rb_command_count(); i++)
        put_command(out, rb_command_at(i));
    put_exit_status(out);
}
