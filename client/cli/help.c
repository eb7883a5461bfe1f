#include "cli/help.h"
#include "cli/kind_options.h"
#include "cli/say.h"
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

/* --- the overview: one screen of names, by what people do --- */

static const char about[] =
    RB_TEXT("rebound: a private journal for the hard parts of a working life. Everything is "
            "encrypted on this device; a server, if you use one, can read none of it.");

static void
tell_first_steps(struct rb_out *out)
{
    static const struct {
        const char *name, *words;
    } steps[] = {{"reflect", ""}, {"note", " \"...\""}, {"help-now", ""}};

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        char line[48];
        (void)snprintf(line, sizeof line, "rebound %s%s", steps[i].name, steps[i].words);
        rb_out_explained(out, INDENT, line, 18, rb_command_find(steps[i].name)->line);
    }
}

/* The commands of a group, blanks between; in `out`, which is returned. */
static const char *
names_of(enum rb_command_group which, char *out, size_t size)
{
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < rb_command_count() && at < size; i++) {
        if (rb_command_at(i)->group == which)
            at += (size_t)snprintf(out + at, size - at, "%s%s", at > 0 ? " " : "",
                                   rb_command_at(i)->name);
    }
    return out;
}

static void
tell_groups(struct rb_out *out)
{
    size_t titles = 0, lists = 0;
    char names[256];

    for (int g = 0; g < RB_GROUP_COUNT; g++) {
        enum rb_command_group which = (enum rb_command_group)g;
        size_t n = rb_term_columns(rebound_text(rb_command_group_title(which)));
        size_t m = rb_term_columns(names_of(which, names, sizeof names));
        titles = n > titles ? n : titles;
        lists = m > lists ? m : lists;
    }
    for (int g = 0; g < RB_GROUP_COUNT; g++) {
        enum rb_command_group which = (enum rb_command_group)g;
        const char *text = names_of(which, names, sizeof names);
        if (out->columns > 0 && titles + 2 + lists > out->columns) { /* below, in all of them */
            title(out, rb_command_group_title(which));
            rb_out_paragraph(out, INDENT, text);
            continue;
        }
        rb_out_style(out, RB_STYLE_BOLD);
        rb_out_cell(out, rebound_text(rb_command_group_title(which)), titles);
        rb_out_style(out, RB_STYLE_NONE);
        rb_out_last(out, text, 0);
    }
}

static void
tell_topics(struct rb_out *out)
{
    char text[512];
    size_t at = (size_t)snprintf(text, sizeof text, "%s",
                                 rebound_text("`rebound help COMMAND` tells more, `rebound help "
                                              "--all` what each is for. Also:"));

    for (size_t i = 0; i < rb_help_topic_count() && at < sizeof text; i++)
        at +=
            (size_t)snprintf(text + at, sizeof text - at, " `help %s`%s", rb_help_topic_at(i, NULL),
                             i + 1 < rb_help_topic_count() ? "," : ".");
    rb_out_paragraph(out, 0, text);
}

static void
commands_json(struct rb_out *out)
{
    rb_json_list(out, "commands");
    for (size_t i = 0; out->json && i < rb_command_count(); i++)
        command_json(out, rb_command_at(i));
    rb_json_end(out);
}

void
rb_help_overview(struct rb_out *out)
{
    rb_out_paragraph(out, 0, rebound_text(about));
    rb_out_printf(out, "\n");
    tell_first_steps(out);
    rb_out_printf(out, "\n");
    tell_groups(out);
    rb_out_printf(out, "\n");
    tell_topics(out);
    commands_json(out);
}

/* --- every command, with a line on each --- */

static void
tell_group(struct rb_out *out, enum rb_command_group which)
{
    title(out, rb_command_group_title(which));
    for (size_t i = 0; i < rb_command_count(); i++) {
        const struct rb_command *command = rb_command_at(i);
        if (command->group == which)
            rb_out_explained(out, INDENT, command->name, 12, command->line);
    }
    rb_out_printf(out, "\n");
}

void
rb_help_all(struct rb_out *out)
{
    rb_out_paragraph(out, 0, rebound_text(about));
    rb_out_printf(out, "\nusage: rebound [OPTIONS] COMMAND [WORDS]\n\n");
    for (int g = 0; g < RB_GROUP_COUNT; g++)
        tell_group(out, (enum rb_command_group)g);
    tell_topics(out);
    commands_json(out);
}

/* --- one command --- */

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
