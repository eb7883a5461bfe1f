#include "cli/help.h"
#include "cli/kind_options.h"
#include "cli/term.h"

#include <stdio.h>
#include <string.h>

#define INDENT 2

void
rb_help_version(struct rb_out *out)
{
    rb_out_printf(out, "rebound %s\n", rebound_version());
    rb_json_text(out, "program", rebound_version());
}

static void
title(struct rb_out *out, const char *text)
{
    rb_out_heading(out, rebound_text(text));
}

static void
command_json(struct rb_out *out, const struct rb_command *command)
{
    rb_json_object(out, NULL);
    rb_json_text(out, "name", command->name);
    rb_json_text(out, "summary", command->line);
    rb_json_text(out, "usage", command->usage);
    rb_json_end(out);
}

static void
group(struct rb_out *out, enum rb_command_group which)
{
    bool titled = false;

    for (size_t i = 0; i < rb_command_count(); i++) {
        const struct rb_command *command = rb_command_at(i);
        if (command->group != which)
            continue;
        if (!titled)
            title(out, rb_command_group_title(which));
        titled = true;
        rb_out_explained(out, INDENT, command->name, 12, command->line);
    }
    if (titled)
        rb_out_printf(out, "\n");
}

static void
tell_topics(struct rb_out *out)
{
    char text[512];
    size_t at = (size_t)snprintf(text, sizeof text, "%s",
                                 rebound_text("`rebound help COMMAND` tells more. Also:"));

    for (size_t i = 0; i < rb_help_topic_count() && at < sizeof text; i++)
        at +=
            (size_t)snprintf(text + at, sizeof text - at, " `help %s`%s", rb_help_topic_at(i, NULL),
                             i + 1 < rb_help_topic_count() ? "," : ".");
    rb_out_paragraph(out, 0, text);
}

void
rb_help_overview(struct rb_out *out)
{
    rb_out_paragraph(
        out, 0,
        rebound_text(
            "rebound: a private journal for the hard parts of a working life. Everything is "
            "encrypted on this device; a server, if you use one, can read none of it."));
    rb_out_printf(out, "\nusage: rebound [OPTIONS] COMMAND [WORDS]\n\n");
    for (int g = 0; g < RB_GROUP_COUNT; g++)
        group(out, (enum rb_command_group)g);
    tell_topics(out);
    rb_json_list(out, "commands");
    for (size_t i = 0; out->json && i < rb_command_count(); i++)
        command_json(out, rb_command_at(i));
    rb_json_end(out);
}

static void
option_json(struct rb_out *out, const struct rb_opt *opt)
{
    rb_json_object(out, NULL);
    rb_json_text(out, "name", opt->name);
    rb_json_text(out, "value", opt->value);
    rb_json_text(out, "summary", opt->help);
    rb_json_end(out);
}

void
rb_help_options(struct rb_out *out, const struct rb_opt *options)
{
    rb_json_list(out, "options");
    for (const struct rb_opt *opt = options; opt != NULL && opt->name != NULL; opt++) {
        char head[64];
        option_json(out, opt);
        (void)snprintf(head, sizeof head, "%c%c%s--%s%s%s", opt->letter != 0 ? '-' : ' ',
                       opt->letter != 0 ? opt->letter : ' ', opt->letter != 0 ? ", " : "  ",
                       opt->name, opt->value != NULL ? " " : "",
                       opt->value != NULL ? opt->value : "");
        rb_out_explained(out, INDENT, head, 32, opt->help);
    }
    rb_json_end(out);
}

/* One form of a command's line; what has no room on it goes below. */
static void
usage_line(struct rb_out *out, const char *head, const char *name, const char *words, size_t len)
{
    char line[512], *rest = line + strlen(head) + 1 + strlen("rebound ") + strlen(name);

    (void)snprintf(line, sizeof line, "%s rebound %s%s%.*s", head, name, len > 0 ? " " : "",
                   (int)len, words);
    if (out->columns == 0 || rb_term_columns(line) <= out->columns || *rest == '\0') {
        rb_out_printf(out, "%s\n", line);
        return;
    }
    *rest = '\0';
    rb_out_printf(out, "%s\n", line);
    rb_out_paragraph(out, strlen(head) + 3, rest + 1);
}

static void
usage(struct rb_out *out, const struct rb_command *command)
{
    const char *at = command->usage;

    for (;;) {
        size_t len = strcspn(at, "\n");
        usage_line(out, at == command->usage ? rebound_text("usage:") : "      ", command->name, at,
                   len);
        if (at[len] == '\0')
            break;
        at += len + 1;
    }
}

static void
examples(struct rb_out *out, const char *at)
{
    title(out, "Examples");
    for (; *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n')
        rb_out_printf(out, "  %.*s\n", (int)strcspn(at, "\n"), at);
}

static void
answers_json(struct rb_out *out, const char *names)
{
    rb_json_list(out, "answers");
    for (const char *at = names; at != NULL && *at != '\0'; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        rb_json_text_n(out, NULL, at, n);
        at += n;
    }
    rb_json_end(out);
}

static void
put_answers(struct rb_out *out, const char *names)
{
    char text[512];

    if (names == NULL)
        return;
    (void)snprintf(text, sizeof text,
                   strchr(names, ' ') == NULL
                       ? rebound_text("What --json answers: `rebound help json %s`.")
                       : rebound_text("What --json answers: `rebound help json NAME`, with one of "
                                      "these: %s."),
                   names);
    rb_out_printf(out, "\n");
    rb_out_paragraph(out, 0, text);
}

void
rb_help_command(struct rb_out *out, const struct rb_command *command)
{
    struct rb_kind_options room;
    const struct rb_opt *options = rb_command_options(command, &room);

    rb_json_text(out, "name", command->name);
    rb_json_text(out, "summary", command->line);
    rb_json_text(out, "usage", command->usage);
    rb_json_text(out, "help", command->help);
    rb_json_text(out, "examples", command->examples);
    answers_json(out, command->answers);
    usage(out, command);
    rb_out_printf(out, "\n");
    rb_out_paragraph(out, 0, rebound_text(command->help));
    if (options != NULL || out->json) {
        rb_out_printf(out, "\n");
        title(out, "Options");
        rb_help_options(out, options);
    }
    rb_out_printf(out, "\n");
    if (command->examples != NULL)
        examples(out, command->examples);
    put_answers(out, command->answers);
    rb_out_printf(out, "\nOptions that every command takes: `rebound help options`.\n");
}
