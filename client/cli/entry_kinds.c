/* The commands of the kinds of entry: note, setback, plan, step, contact, win, feel. They differ by
 * their rows alone. */
#include <string.h>

#include "cli/draft.h"
#include "cli/edit_entry.h"
#include "cli/form.h"
#include "cli/view.h"

#define TAG_OPT                                                                                    \
    {                                                                                              \
        "tag", 't', "TAG", "a tag; may be given several times", NULL                               \
    }
#define AT_OPT                                                                                     \
    {                                                                                              \
        "at", 0, "TIME", "when it was: 2026-11-24, \"2026-11-24 15:20\", yesterday", NULL          \
    }
#define ABOUT_OPT                                                                                  \
    {                                                                                              \
        "about", 0, "ID", "the setback it belongs to", NULL                                        \
    }
#define TEXT_OPT                                                                                   \
    {                                                                                              \
        "text", 0, "TEXT", "more words; \"-\" reads standard input", NULL                          \
    }
#define LIST_OPTS                                                                                  \
    {"limit", 'n', "N", "with list: how many to show (default: 20)", NULL},                        \
    {                                                                                              \
        "all", 0, NULL, "with list: show them all", NULL                                           \
    }
#define END_OPT                                                                                    \
    {                                                                                              \
        NULL, 0, NULL, NULL, NULL                                                                  \
    }

/* --- what the first word asks for --- */

static rb_result
save_new(struct rb_cli *cli, struct rebound_edit *edit, struct rebound_error *err)
{
    struct rebound_id id;
    bool changed = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_edit_save(cli->vault, edit, &id, &changed, err));
    TRY(rb_view_saved(cli, &id, "Saved", err));
out:
    return rc;
}

/* `feel let down 7`: a number at the end is how strong it is. */
static size_t
take_strength(const char *const *words, size_t n, const char **strength_out)
{
    const char *last = n > 1 ? words[n - 1] : "";

    *strength_out = NULL;
    if (last[0] == '\0' || strspn(last, "0123456789") != strlen(last))
        return n;
    *strength_out = last;
    return n - 1;
}

static rb_result
add_words(struct rb_cli *cli, const struct rebound_kind_info *kind, const char *const *words,
          size_t n, struct rebound_error *err)
{
    struct rebound_edit *edit = NULL;
    const char *strength = NULL;
    char *title = NULL;
    size_t len = 0;
    enum rebound_code rc = REBOUND_OK;

    if (strcmp(kind->name, "feel") == 0)
        n = take_strength(words, n, &strength);
    TRY(rb_form_words(words, n, &title, &len, err));
    if (len == 0)
        TRY(rb_cli_fail(err, REBOUND_EMPTY, "The %s is empty, so nothing was saved.", kind->label));
    TRY(rebound_edit_new(cli->vault, kind->name, &edit, err));
    TRY(rebound_edit_set(edit, kind->title_field, title, len, err));
    if (strength != NULL)
        TRY(rebound_edit_set(edit, "strength", strength, strlen(strength), err));
    if (strcmp(kind->name, "step") == 0)
        TRY(rebound_edit_set(edit, "state", "open", 4, err));
    TRY(rb_form_options(cli, edit, kind, err));
    TRY(save_new(cli, edit, err));
out:
    rebound_edit_free(edit);
    rb_form_text_free(title);
    return rc;
}

static rb_result
add_in_editor(struct rb_cli *cli, const struct rebound_kind_info *kind, struct rebound_error *err)
{
    struct rebound_edit *edit = NULL;
    struct rb_draft *draft = NULL;
    char of[64] = "new ";
    bool changed = false;
    enum rebound_code rc = REBOUND_OK;

    (void)strncat(of, kind->name, sizeof of - 5);
    TRY(rebound_edit_new(cli->vault, kind->name, &edit, err));
    TRY(rb_form_editor(cli, of, kind, NULL, edit, &changed, &draft, err));
    if (!changed) {
        rb_out_note(&cli->out, "Nothing was written, so nothing was saved.\n");
    } else {
        TRY(rb_form_options(cli, edit, kind, err));
        TRY(save_new(cli, edit, err));
    }
    rb_draft_remove(draft);
    draft = NULL;
out:
    rb_draft_close(draft);
    rebound_edit_free(edit);
    return rc;
}

static rb_result
list_kind(struct rb_cli *cli, const struct rebound_kind_info *kind, struct rebound_error *err)
{
    struct rebound_query query = {.size = sizeof query, .kind = kind->name, .limit = 20};
    uint64_t limit = 20;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_opt_number(&cli->options, "limit", 1, 1000000, &limit, err));
    query.limit = rb_opt_has(&cli->options, "all") ? 0 : (uint32_t)limit;
    query.tag = rb_opt_value(&cli->options, "tag");
    TRY(rb_view_list(cli, &query, "There are none yet.", err));
out:
    return rc;
}

static rb_result
set_state(struct rb_cli *cli, const struct rebound_kind_info *kind, const char *const *ids,
          size_t n, const char *state, const char *done, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (rb_form_field(kind, "state") == NULL)
        TRY(rb_cli_fail(err, REBOUND_MISUSE, "A %s is never done or open; a step is.",
                        kind->label));
    if (n == 0)
        TRY(rb_cli_fail(err, REBOUND_MISUSE, "Which %s? Give its id, or @1 from the last list.",
                        kind->label));
    for (size_t i = 0; i < n; i++)
        TRY(rb_edit_entry_field(cli, kind->name, ids[i], "state", state, done, err));
out:
    return rc;
}

static const struct {
    const char *word, *state, *done;
} states[] = {{"done", "done", "Done:"},
              {"postpone", "postponed", "Postponed:"},
              {"reopen", "open", "Open again:"}};

static rb_result
run_kind(struct rb_cli *cli, struct rebound_error *err)
{
    const struct rebound_kind_info *kind = rebound_kind(cli->command->name);
    const char *const *words = (const char *const *)cli->options.args;
    size_t n = cli->options.n_args;
    const char *first = n > 0 ? words[0] : "";
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    if (strcmp(first, "list") == 0 && n == 1)
        return list_kind(cli, kind, err);
    if (strcmp(first, "show") == 0 && n == 2)
        return rb_show_entry(cli, kind->name, words[1], err);
    if (strcmp(first, "edit") == 0 && n == 2)
        return rb_edit_entry(cli, kind->name, words[1], err);
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        if (strcmp(first, states[i].word) == 0 && rb_form_field(kind, "state") != NULL)
            return set_state(cli, kind, words + 1, n - 1, states[i].state, states[i].done, err);
    }
    if (strcmp(first, "add") == 0) {
        words++;
        n--;
    }
    if (n == 0 && cli->out.terminal)
        return add_in_editor(cli, kind, err);
    if (n == 0)
        TRY(rb_cli_fail(err, REBOUND_EMPTY,
                        "What should the %s say? Give its words, or \"-\" to read standard input.",
                        kind->label));
    TRY(add_words(cli, kind, words, n, err));
out:
    return rc;
}

/* --- rows --- */

#define KIND_COMMAND(kind_name, what, form, opts, words_of_help, shown)                            \
    const struct rb_command rb_cmd_##kind_name = {                                                 \
        .name = #kind_name,                                                                        \
        .group = RB_GROUP_WRITE,                                                                   \
        .line = (what),                                                                            \
        .usage = form,                                                                             \
        .options = (opts),                                                                         \
        .help = words_of_help,                                                                     \
        .examples = shown,                                                                         \
        .words = "add list show edit",                                                             \
        .args_max = RB_ARGS_ANY,                                                                   \
        .run = run_kind,                                                                           \
    }

static const struct rb_opt note_opts[] = {ABOUT_OPT, AT_OPT, TAG_OPT, LIST_OPTS, END_OPT};
KIND_COMMAND(note, "write something down", "[add] TEXT…\nlist\nshow ID\nedit ID", note_opts,
             "Without words, at a terminal, it opens your editor. \"-\" reads standard input.",
             "rebound note \"Slept badly. Walked to the river.\"\nrebound note --tag sleep -t "
             "walks Better today\n"
             "pbpaste | rebound note -");

static const struct rb_opt setback_opts[] = {
    {"kind", 0, "KIND",
     "missed-promotion, job-loss, failed-project, missed-opportunity, negative-review or other",
     "missed-promotion job-loss failed-project missed-opportunity negative-review other"},
    TEXT_OPT,
    AT_OPT,
    TAG_OPT,
    LIST_OPTS,
    END_OPT};
KIND_COMMAND(setback, "something that went wrong", "[add] WHAT HAPPENED…\nlist\nshow ID\nedit ID",
             setback_opts,
             "What else you write can belong to it: `--about ID`. `rebound show` of a setback "
             "shows what does.",
             "rebound setback \"They gave the lead to someone else\" --kind missed-promotion\n"
             "rebound setback \"The launch was cancelled\" --kind failed-project --at 2026-11-20");

static const struct rb_opt plan_opts[] = {
    TEXT_OPT, ABOUT_OPT, {"due", 0, "DATE", "by when", NULL}, AT_OPT, TAG_OPT, LIST_OPTS, END_OPT};
KIND_COMMAND(plan, "a goal; its steps are `rebound step`", "[add] GOAL…\nlist\nshow ID\nedit ID",
             plan_opts, "A plan has steps: `rebound step add WHAT --plan ID`.",
             "rebound plan \"Be ready next spring\" --about @1 --due 2027-03-01");

static const struct rb_opt step_opts[] = {{"plan", 0, "ID", "the plan it belongs to", NULL},
                                          {"due", 0, "DATE", "by when", NULL},
                                          TEXT_OPT,
                                          ABOUT_OPT,
                                          AT_OPT,
                                          TAG_OPT,
                                          LIST_OPTS,
                                          END_OPT};
const struct rb_command rb_cmd_step = {
    .name = "step",
    .group = RB_GROUP_WRITE,
    .line = "one thing to do",
    .usage = "[add] WHAT…\nlist\nshow ID\nedit ID\ndone ID…\npostpone ID…\nreopen ID…",
    .options = step_opts,
    .help = "A step belongs to a plan (`--plan ID`) or stands alone.",
    .examples = "rebound step add \"Ask Sam what was missing\" --plan @1 --due 2026-12-04\nrebound "
                "step done @2",
    .words = "add list show edit done postpone reopen",
    .args_max = RB_ARGS_ANY,
    .run = run_kind,
};

static const struct rb_opt contact_opts[] = {
    {"relation", 0, "RELATION", "family, friend, colleague, mentor, industry or other",
     "family friend colleague mentor industry other"},
    {"help-with", 0, "HOW", "a way they help; may be given several times", NULL},
    {"reach", 0, "HOW", "how to reach them", NULL},
    {"last", 0, "TIME", "when you were last in touch", NULL},
    TEXT_OPT,
    ABOUT_OPT,
    TAG_OPT,
    LIST_OPTS,
    END_OPT};
KIND_COMMAND(contact, "someone who can help", "[add] NAME…\nlist\nshow ID\nedit ID", contact_opts,
             "The people of your support network. They learn nothing of it.",
             "rebound contact add \"Sam Osei\" --relation mentor --help-with \"knows how these "
             "decisions are made\"");

static const struct rb_opt win_opts[] = {TEXT_OPT, ABOUT_OPT, AT_OPT, TAG_OPT, LIST_OPTS, END_OPT};
KIND_COMMAND(win, "something that went right", "[add] WHAT…\nlist\nshow ID\nedit ID", win_opts,
             "Small ones count.", "rebound win \"Said out loud that I was hurt\"");

static const struct rb_opt feel_opts[] = {TEXT_OPT, ABOUT_OPT, AT_OPT, TAG_OPT, LIST_OPTS, END_OPT};
KIND_COMMAND(feel, "how it feels now, from 0 to 10",
             "[add] EMOTION… [0-10]\nlist\nshow ID\nedit ID", feel_opts,
             "Name an emotion in your own words; a number at the end says how strong it is.",
             "rebound feel let down 7\nrebound feel relieved 4 --about @1");
