#include "cli/guide.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/say.h"

#define PROMPT "> "
#define INDENT 2

/* --- showing --- */

static void
show_step(struct rb_guide *guide, const struct rebound_reflect_place *place)
{
    struct rb_out *screen = rb_line_screen(guide->line);

    if (guide->step_shown == place->step)
        return;
    guide->step_shown = place->step;
    rb_out_printf(screen, "\n");
    rb_out_style(screen, RB_STYLE_BOLD);
    rb_out_printf(screen, "%zu/%zu  %s\n", place->step, place->steps, place->question.step);
    rb_out_style(screen, RB_STYLE_NONE);
}

static void
show_choices(struct rb_out *screen, const struct rebound_question *question)
{
    const char *const *choices = question->field->choices;

    for (size_t i = 0; choices != NULL && choices[i] != NULL; i++)
        rb_out_printf(screen, "  %zu  %s\n", i + 1, rb_guide_label(question, choices[i]));
}

/* What it was answered with before, as it can be read. */
static void
show_answer(struct rb_guide *guide, const struct rebound_reflect_place *place)
{
    const struct rebound_question *question = &place->question;
    struct rb_out *screen = rb_line_screen(guide->line);
    const char *shown = place->answer;
    struct rebound_entry *other = NULL;
    struct rebound_id id;

    if (shown == NULL)
        return;
    if (question->field->type == REBOUND_FIELD_CHOICE)
        shown = rb_guide_label(question, shown);
    else if (question->field->type == REBOUND_FIELD_LINK &&
             rebound_resolve(guide->cli->vault, shown, &id, NULL) == REBOUND_OK &&
             rebound_get(guide->cli->vault, &id, &other, NULL) == REBOUND_OK &&
             rebound_entry_get(other, "name", NULL) != NULL)
        shown = rebound_entry_get(other, "name", NULL);
    rb_out_style(screen, RB_STYLE_DIM);
    rb_out_printf(screen, "  So far (Enter keeps it):\n");
    rb_out_paragraph(screen, 2 * INDENT, shown);
    rb_out_style(screen, RB_STYLE_NONE);
    rebound_entry_free(other);
}

static void
show_question(struct rb_guide *guide, const struct rebound_reflect_place *place)
{
    struct rb_out *screen = rb_line_screen(guide->line);

    show_step(guide, place);
    rb_out_printf(screen, "\n");
    rb_out_paragraph(screen, 0, place->question.ask);
    show_choices(screen, &place->question);
    show_answer(guide, place);
    if (place->question.field->type == REBOUND_FIELD_TEXT && place->answer == NULL) {
        rb_out_style(screen, RB_STYLE_DIM);
        rb_out_paragraph(screen, INDENT,
                         rebound_text("As many lines as you like; an empty one ends it."));
        rb_out_style(screen, RB_STYLE_NONE);
    }
}

static void
show_why(struct rb_guide *guide, const struct rebound_question *question)
{
    struct rb_out *screen = rb_line_screen(guide->line);

    rb_out_paragraph(
        screen, INDENT,
        question->why != NULL
            ? question->why
            : rebound_text("It belongs to the question before; leave it out if it does "
                           "not fit."));
    if (question->source == NULL)
        return;
    rb_out_style(screen, RB_STYLE_DIM);
    rb_out_paragraph(screen, INDENT, question->source);
    rb_out_style(screen, RB_STYLE_NONE);
}

/* --- listening --- */

/* The next line of standard input; NULL at its end. Taken with signals let through: what was
 * answered is saved. */
static rb_result
read_input(char **out, struct rebound_error *err)
{
    size_t size = 0;
    ssize_t n;

    *out = NULL;
    n = getline(out, &size, stdin);
    if (n < 0 && ferror(stdin))
        return rb_cli_fail(err, REBOUND_IO, "Standard input could not be read.");
    if (n < 0) {
        free(*out);
        *out = NULL;
        return REBOUND_OK;
    }
    if ((size_t)n != strlen(*out))
        return rb_cli_fail(err, REBOUND_NOT_UTF8, "An answer holds a NUL character.");
    (*out)[strcspn(*out, "\r\n")] = '\0';
    return REBOUND_OK;
}

static rb_result
read_line(struct rb_guide *guide, char **out, struct rebound_error *err)
{
    return guide->line == NULL ? read_input(out, err) : rb_line_read(guide->line, PROMPT, out, err);
}

/* What one line of a person means. */
enum said { SAID_ANSWER, SAID_NOTHING, SAID_WHY, SAID_BACK, SAID_EDITOR, SAID_STOP };

static enum said
meaning(const struct rb_guide *guide, const char *line)
{
    if (line == NULL)
        return SAID_STOP;
    if (line[strspn(line, " \t")] == '\0')
        return SAID_NOTHING;
    if (guide->line == NULL)
        return SAID_ANSWER;
    if (strcmp(line, "?") == 0)
        return SAID_WHY;
    if (strcmp(line, "<") == 0)
        return SAID_BACK;
    return strcmp(line, "+") == 0 ? SAID_EDITOR : SAID_ANSWER;
}

static rb_result
append(char **text, const char *line, struct rebound_error *err)
{
    size_t len = strlen(*text), more = strlen(line);
    char *longer;

    if (len + more + 1 > REBOUND_TEXT_MAX)
        return rb_cli_fail(err, REBOUND_TOO_LARGE,
                           "That is more than an entry holds (%u KiB). Leave something out.",
                           REBOUND_TEXT_MAX / 1024);
    longer = malloc(len + more + 2);
    if (longer == NULL)
        return rb_cli_no_memory(err);
    memcpy(longer, *text, len);
    longer[len] = '\n';
    memcpy(longer + len + 1, line, more + 1);
    rb_line_free(*text);
    *text = longer;
    return REBOUND_OK;
}

/* The lines behind the first of a long answer, to an empty one. */
static rb_result
read_rest(struct rb_guide *guide, char **text, struct rebound_error *err)
{
    char *line = NULL;
    enum rebound_code rc = REBOUND_OK;

    for (;;) {
        TRY(read_line(guide, &line, err));
        if (line == NULL || line[0] == '\0')
            break;
        TRY(append(text, line, err));
        rb_line_free(line);
        line = NULL;
    }
out:
    rb_line_free(line);
    return rc;
}

/* --- one question --- */

static bool
is_asked_again(enum rebound_code rc)
{
    return rc == REBOUND_BAD_FORMAT || rc == REBOUND_AMBIGUOUS || rc == REBOUND_NOT_FOUND ||
           rc == REBOUND_EMPTY || rc == REBOUND_TOO_LARGE || rc == REBOUND_NOT_UTF8 ||
           rc == REBOUND_MISUSE;
}

/* The next question comes below an entry that calls for a person to talk to. */
static rb_result
save(struct rb_guide *guide, const struct rebound_reflect_place *place, const char *text,
     struct rebound_error *err)
{
    bool held = rb_interrupt_hold();
    enum rebound_code rc = rb_guide_answer(guide, place, text, err);

    if (rc == REBOUND_OK) {
        guide->answered++;
        rb_help_after(guide->cli, rebound_reflect_last(guide->reflect));
    }
    if (!held)
        rb_interrupt_release();
    return rc;
}

static rb_result
take_answer(struct rb_guide *guide, const struct rebound_reflect_place *place, char **text,
            struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (place->question.field->type == REBOUND_FIELD_TEXT)
        TRY(read_rest(guide, text, err));
    rc = save(guide, place, *text, err);
    if (guide->line == NULL || !is_asked_again(rc))
        goto out;
    rb_out_paragraph(rb_line_screen(guide->line), INDENT, err->sentence);
    rc = REBOUND_OK;
out:
    return rc;
}

static rb_result
take_editor(struct rb_guide *guide, const struct rebound_reflect_place *place,
            struct rebound_error *err)
{
    char *text = NULL;
    enum rebound_code rc = rb_guide_editor(guide, place, &text, err);

    if (rc == REBOUND_OK && text[0] != '\0')
        rc = save(guide, place, text, err);
    rb_line_free(text);
    if (rc != REBOUND_FAILED && !is_asked_again(rc))
        return rc;
    rb_out_paragraph(rb_line_screen(guide->line), INDENT, err->sentence);
    return REBOUND_OK;
}

static rb_result
go_back(struct rb_guide *guide, struct rebound_error *err)
{
    bool moved = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_reflect_back(guide->reflect, &moved, err));
    if (!moved)
        rb_out_printf(rb_line_screen(guide->line), "  This is the first question.\n");
out:
    return rc;
}

static rb_result
skip(struct rb_guide *guide, struct rebound_error *err)
{
    bool held = rb_interrupt_hold();
    enum rebound_code rc = rebound_reflect_skip(guide->reflect, err);

    guide->skipped++;
    if (!held)
        rb_interrupt_release();
    return rc;
}

/* *stop_out: the person has had enough for now. */
static rb_result
one_question(struct rb_guide *guide, const struct rebound_reflect_place *place, bool *stop_out,
             struct rebound_error *err)
{
    char *line = NULL;
    enum said said;
    enum rebound_code rc = REBOUND_OK;

    if (guide->line != NULL)
        show_question(guide, place);
    do {
        rb_line_free(line);
        line = NULL;
        TRY(read_line(guide, &line, err));
        said = meaning(guide, line);
        if (said == SAID_WHY)
            show_why(guide, &place->question);
    } while (said == SAID_WHY);
    switch (said) {
    case SAID_STOP:
        *stop_out = true;
        break;
    case SAID_NOTHING:
        TRY(skip(guide, err));
        break;
    case SAID_BACK:
        TRY(go_back(guide, err));
        break;
    case SAID_EDITOR:
        TRY(take_editor(guide, place, err));
        break;
    case SAID_WHY:
    case SAID_ANSWER:
        TRY(take_answer(guide, place, &line, err));
        break;
    }
out:
    rb_line_free(line);
    return rc;
}

rb_result
rb_guide_run(struct rb_guide *guide, bool *ended_out, struct rebound_error *err)
{
    struct rebound_reflect_place place;
    bool stop = false;
    enum rebound_code rc = REBOUND_OK;

    *ended_out = false;
    while (!stop && rebound_reflect_now(guide->reflect, &place))
        TRY(one_question(guide, &place, &stop, err));
    if (!stop) {
        TRY(rebound_reflect_end(guide->reflect, err));
        *ended_out = true;
    }
out:
    return rc;
}
