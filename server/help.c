#include "help.h"

#include <string.h>

/* Of the text: a page that is made twice is the same. */
#define DATE "2026-11-26"

static const char what[] =
    "the sync server of Rebound: it stores sealed records and can read none of them";

/* What a status means here; the client's table has more of them. */
static const struct {
    int status;
    const char *meaning;
} statuses[] = {{0, "done"},
                {1, "failed"},
                {2, "usage"},
                {11, "in use by another reboundd"},
                {13, "no server data there"},
                {18, "damaged, or written by a newer version"},
                {19, "no space"}};
#define N_STATUSES (sizeof statuses / sizeof statuses[0])

/* --- for the terminal --- */

static void
put_options(enum rbd_command about, FILE *out)
{
    struct rbd_option_info o;

    (void)fputs("\nOPTIONS\n", out);
    for (size_t i = 0; rbd_config_option_at(i, &o); i++) {
        if ((o.commands >> about & 1) == 0)
            continue;
        (void)fprintf(out, "  --%s%s%s\n      %s\n", o.name, o.argument != NULL ? " " : "",
                      o.argument != NULL ? o.argument : "", o.help);
        if (o.variable != NULL)
            (void)fprintf(out, "      $%s%s%s\n", o.variable, o.in_file ? "; in the file: " : "",
                          o.in_file ? o.name : "");
    }
}

static void
put_overview(FILE *out)
{
    struct rbd_command_info c;

    (void)fprintf(out, "NAME\n  reboundd - %s\n\nCOMMANDS\n", what);
    for (size_t i = 0; rbd_config_command_at(i, &c); i++)
        (void)fprintf(out, "  reboundd %-9s%s\n", c.word, c.line);
    (void)fputs(
        "\n  `reboundd help COMMAND` tells more. Options come from the configuration file, the "
        "environment and\n  the command line; of two that disagree the later wins.\n\n"
        "EXIT STATUS\n",
        out);
    for (size_t i = 0; i < N_STATUSES; i++)
        (void)fprintf(out, "  %2d  %s\n", statuses[i].status, statuses[i].meaning);
}

void
rbd_help(enum rbd_command about, FILE *out)
{
    struct rbd_command_info c;

    if (about == RBD_COMMAND_HELP || about == RBD_COMMAND_VERSION) {
        put_overview(out);
        return;
    }
    for (size_t i = 0; rbd_config_command_at(i, &c); i++) {
        if (c.command == about)
            (void)fprintf(out, "NAME\n  reboundd %s - %s\n\n%s", c.word, c.line, c.more);
    }
    put_options(about, out);
}

/* --- as a man page --- */

/* Text for roff: a backslash and a dash are escaped, no line begins with a control character. */
static void
put(FILE *out, const char *text)
{
    bool at_start = true;

    for (; *text != '\0'; text++) {
        if (at_start && (*text == '.' || *text == '\''))
            (void)fputs("\\&", out);
        if (*text == '\\')
            (void)fputs("\\e", out);
        else if (*text == '-')
            (void)fputs("\\-", out);
        else
            (void)fputc(*text, out);
        at_start = *text == '\n';
    }
}

static void
put_synopsis(FILE *out)
{
    struct rbd_command_info c;

    for (size_t i = 0; rbd_config_command_at(i, &c); i++) {
        (void)fputs(i > 0 ? ".br\n.B reboundd " : ".B reboundd ", out);
        put(out, c.word);
        (void)fputs(c.command == RBD_COMMAND_HELP      ? "\n[\\fICOMMAND\\fR | \\-\\-man]\n"
                    : c.command == RBD_COMMAND_VERSION ? "\n"
                                                       : "\n[\\fIOPTIONS\\fR]\n",
                    out);
    }
}

static void
put_commands(FILE *out)
{
    struct rbd_command_info c;

    for (size_t i = 0; rbd_config_command_at(i, &c); i++) {
        (void)fprintf(out, ".TP\n.B %s\n", c.word);
        put(out, c.line);
        (void)fputs(".\n", out);
        put(out, c.more);
    }
}

/* The commands that take it, "serve, invite". */
static void
put_takers(FILE *out, unsigned takers)
{
    struct rbd_command_info c;
    const char *gap = "Of ";

    for (size_t i = 0; rbd_config_command_at(i, &c); i++) {
        if ((takers >> c.command & 1) == 0)
            continue;
        (void)fprintf(out, "%s%s", gap, c.word);
        gap = ", ";
    }
    (void)fputs(".\n", out);
}

static void
put_man_options(FILE *out)
{
    struct rbd_option_info o;

    for (size_t i = 0; rbd_config_option_at(i, &o); i++) {
        (void)fputs(".TP\n.B \\-\\-", out);
        put(out, o.name);
        (void)fprintf(out, "%s%s%s\n", o.argument != NULL ? " \\fI" : "",
                      o.argument != NULL ? o.argument : "", o.argument != NULL ? "\\fR" : "");
        put(out, o.help);
        (void)fputs(".\n", out);
        put_takers(out, o.commands);
    }
}

static void
put_environment(FILE *out)
{
    struct rbd_option_info o;

    (void)fputs(".SH ENVIRONMENT\n", out);
    for (size_t i = 0; rbd_config_option_at(i, &o); i++) {
        if (o.variable != NULL)
            (void)fprintf(out, ".TP\n.B %s\nas\n.BR \\-\\-%s\n", o.variable, o.name);
    }
    (void)fputs(".TP\n.B STATE_DIRECTORY\nset by systemd: where everything is kept, when no option "
                "says\n.SH FILES\n.TP\n.I /etc/reboundd.conf\nThe configuration file; lines of\n"
                ".RI NAME\\ =\\ \"VALUE\" .\nIts names:\n",
                out);
    for (size_t i = 0; rbd_config_option_at(i, &o); i++) {
        if (o.in_file)
            (void)fprintf(out, ".B %s\n", o.name);
    }
}

void
rbd_help_man(FILE *out)
{
    (void)fprintf(out,
                  ".TH reboundd 8 %s \"rebound %s\" \"System Administration\"\n.SH NAME\n"
                  "reboundd \\- %s\n.SH SYNOPSIS\n",
                  DATE, REBOUND_VERSION, what);
    put_synopsis(out);
    (void)fputs(
        ".SH DESCRIPTION\nDevices keep their journals in step through it. Of two places that "
        "disagree about an option, the later of configuration file, environment and command "
        "line wins.\n.SH COMMANDS\n",
        out);
    put_commands(out);
    (void)fputs(".SH OPTIONS\n", out);
    put_man_options(out);
    put_environment(out);
    (void)fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; i < N_STATUSES; i++)
        (void)fprintf(out, ".TP\n.B %d\n%s\n", statuses[i].status, statuses[i].meaning);
    (void)fputs(".SH EXAMPLES\n.EX\nreboundd serve \\-\\-data /srv/rebound \\-\\-public "
                "journal.example\nreboundd invite \\-\\-data /srv/rebound \\-\\-expires 7d\n.EE\n"
                ".SH SEE ALSO\n.BR rebound (1)\n",
                out);
}
