/* `reflect`: through what happened, one question at a time. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/guide.h"
#include "cli/interrupt.h"
#include "cli/say.h"
#include "cli/view.h"

/* --- which one --- */

/* Without an id, one that was begun is offered. */
static rb_result
offer_unfinished(struct rb_cli *cli, struct rebound_id *id, bool *take_out,
                 struct rebound_error *err)
{
    struct rebound_entry *setback = NULL;
    struct rebound_id about;
    char title[RB_VIEW_TITLE] = "", question[RB_VIEW_TITLE + 80];
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_reflect_unfinished(cli->vault, id, &about, &found, err));
    if (!found || !rb_ask_is_possible(&cli->options) || isatty(STDIN_FILENO) != 1)
        goto out;
    if (rebound_get(cli->vault, &about, &setback, NULL) == REBOUND_OK)
        rb_view_title(setback, title);
    (void)snprintf(question, sizeof question,
                   rebound_text("You have begun one about \"%s\". Go on with it?"), title);
    TRY(rb_ask_confirm(&cli->options, question, true, take_out, err));
out:
    rebound_entry_free(setback);
    return rc;
}

static rb_result
open_reflection(struct rb_cli *cli, struct rebound_reflect **out, struct rebound_error *err)
{
    struct rebound_reflect_options options = {.size = sizeof options,
                                              .questions = rb_opt_value(&cli->options, "questions"),
                                              .language = rb_opt_value(&cli->options, "language")};
    bool is_short = rb_opt_has(&cli->options, "short"), full = rb_opt_has(&cli->options, "full");
    bool take = false;
    struct rebound_id id;
    enum rebound_code rc = REBOUND_OK;

    if (is_short && full)
        TRY(rb_cli_fail(err, REBOUND_MISUSE, "Either --short or --full."));
    if (cli->options.n_args > 0)
        TRY(rebound_resolve(cli->vault, cli->options.args[0], &id, err));
    else
        TRY(offer_unfinished(cli, &id, &take, err));
    options.id = cli->options.n_args > 0 || take ? &id : NULL;
    options.form = is_short ? REBOUND_FORM_SHORT : full ? REBOUND_FORM_FULL : REBOUND_FORM_KEPT;
    TRY(rebound_reflect_open(cli->vault, &options, out, err));
out:
    return rc;
}

/* --- the words around it --- */

static void
greet(struct rb_guide *guide)
{
    struct rb_out *screen = rb_line_screen(guide->line);

    if (rebound_reflect_id(guide->reflect) != NULL) {
        rb_out_paragraph(screen, 0,
                         rebound_text("Good that you are back. Everything you answered is here; it "
                                      "goes on where you stopped."));
        return;
    }
    rb_out_paragraph(screen, 0,
                     rebound_text("Take your time. One question at a time, and none has to be "
                                  "answered; nobody but you reads it."));
    rb_out_printf(screen, "\n");
    rb_out_style(screen, RB_STYLE_DIM);
    rb_out_paragraph(screen, 0,
                     rebound_text("Enter leaves a question out, ? tells why it is asked, < goes "
                                  "back, + opens your editor. Ctrl-C stops; what you answered is "
                                  "kept."));
    rb_out_style(screen, RB_STYLE_NONE);
}

static void
id_of(const struct rb_guide *guide, char out[RB_VIEW_ID])
{
    const struct rebound_id *id = rebound_reflect_id(guide->reflect);

    out[0] = '\0';
    if (id != NULL)
        (void)rb_view_id(id, out);
}

static void
say_goodbye(const struct rb_guide *guide, bool ended)
{
    const struct rebound_id *setback = rebound_reflect_setback(guide->reflect);
    struct rb_out *out = &guide->cli->out;
    char id[RB_VIEW_ID], about[RB_VIEW_ID] = "";

    id_of(guide, id);
    if (setback != NULL)
        (void)rb_view_id(setback, about);
    if (guide->line != NULL)
        rb_out_note(out, "\n");
    if (id[0] == '\0')
        rb_out_note(out, "Nothing was written, and that is all right. The questions are here "
                         "whenever you like.\n");
    else if (ended)
        rb_out_note(out,
                    "That was the last question. You looked at something hard, and it is all kept: "
                    "`rebound show %s` tells it in one piece.\n",
                    about);
    else
        rb_out_note(out,
                    "Enough for now. Everything you answered is kept; `rebound reflect %s` goes on "
                    "from here.\n",
                    id);
}

static void
put_json(const struct rb_guide *guide, bool ended)
{
    const struct rebound_id *id = rebound_reflect_id(guide->reflect),
                            *setback = rebound_reflect_setback(guide->reflect);
    struct rb_out *out = &guide->cli->out;
    char hex[REBOUND_ID_TEXT], about[REBOUND_ID_TEXT];

    if (id != NULL)
        rebound_id_text(id, hex);
    if (setback != NULL)
        rebound_id_text(setback, about);
    rb_json_text(out, "reflection", id == NULL ? NULL : hex);
    rb_json_text(out, "setback", setback == NULL ? NULL : about);
    rb_json_bool(out, "ended", ended);
    rb_json_number(out, "answered", (int64_t)guide->answered);
    rb_json_number(out, "skipped", (int64_t)guide->skipped);
}

/* Ctrl-C: the same as for any command, and where it goes on. */
static rb_result
explain_interrupt(const struct rb_guide *guide, struct rebound_error *err)
{
    char id[RB_VIEW_ID];

    id_of(guide, id);
    if (id[0] == '\0')
        return rb_cli_fail(err, REBOUND_INTERRUPTED, "Stopped. Nothing was written yet.");
    return rb_cli_fail(err, REBOUND_INTERRUPTED,
                       "Stopped. Everything you answered is kept; `rebound reflect %s` goes on "
                       "from here.",
                       id);
}

static rb_result
run_reflect(struct rb_cli *cli, struct rebound_error *err)
{
    struct rb_guide guide = {.cli = cli};
    bool ended = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(open_reflection(cli, &guide.reflect, err));
    if (isatty(STDIN_FILENO) == 1) {
        TRY(rb_line_open(&cli->options, &guide.line, err));
        greet(&guide);
    }
    rc = rb_guide_run(&guide, &ended, err);
    if (guide.answered > 0)
        rb_cli_send(cli);
    if (rc == REBOUND_INTERRUPTED)
        TRY(explain_interrupt(&guide, err));
    TRY(rc);
    put_json(&guide, ended);
    say_goodbye(&guide, ended);
out:
    rb_line_close(guide.line);
    rebound_reflect_free(guide.reflect);
    return rc;
}

static const struct rb_opt options[] = {
    {"short", 's', NULL, "the few questions that matter most", NULL},
    {"full", 0, NULL, "all of them (this is how a new one begins)", NULL},
    {"questions", 0, "SET", "another set of questions (`rebound questions`)", NULL},
    {"language", 0, "LANGUAGE", "the language of the questions, such as de", "en de"},
    {NULL, 0, NULL, NULL, NULL}};

const struct rb_command rb_cmd_reflect = {
    .name = "reflect",
    .group = RB_GROUP_SETBACK,
    .line = "look at what happened, one question at a time",
    .usage = "[ID] [--short|--full] [--questions SET]",
    .ids = "<setback>",
    .options = options,
    .help =
        "Walks through what happened, how it feels, what led to it, whom to ask, another way to "
        "see it, what next, kind words, something to practise, who can help, where you stand, and "
        "small wins. Enter leaves a question out, ? tells why it is asked, < goes back, + opens "
        "your editor.\n"
        "\n"
        "Each answer is saved when it is given. Ctrl-C stops at any time and loses nothing; ID, of "
        "a reflection or of the setback, goes on there, on any of your devices. What you type is "
        "in no history file.\n"
        "\n"
        "Where standard input is no terminal, each line of it is an answer, an empty one leaves "
        "the question out, and a long answer ends with an empty line.",
    .examples = "rebound reflect\nrebound reflect --short\nrebound reflect @1",
    .answers = "reflect",
    .args_max = 1,
    .run = run_reflect,
};
