/* The commands of the kinds of entry: note, setback, feel, cause … They differ by their rows alone:
 * what fields there are is the table of kinds' to say. */
#include <stdio.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/draft.h"
#include "cli/edit_entry.h"
#include "cli/form.h"
#include "cli/kind_actions.h"
#include "cli/view.h"

#define LINE_SIZE 4100 /* bytes of a line at a terminal, NUL included */

static const struct rb_opt list_opts[] = {
    {"limit", 'n', "N", "with list: how many to show (default: 20)", NULL},
    {"all", 'a', NULL, "with list: show them all", NULL},
    {NULL, 0, NULL, NULL, NULL}};

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

static bool
is_digits(const char *text)
{
    return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* `feel let down 7`, `feel 7 let down`: a number at an end is how strong it is. */
static const char *
take_strength(const char *const **words, size_t *n)
{
    const char *const *first = *words;

    if (*n > 1 && is_digits(first[*n - 1]))
        return first[--*n];
    if (*n < 2 || !is_digits(first[0]))
        return NULL;
    ++*words;
    --*n;
    return first[0];
}

/* The same within one word: `feel "let down 7"`. *title is cut before it. */
static const char *
cut_strength(char *title, size_t *len)
{
    char *blank = strrchr(title, ' ');
    size_t end;

    if (strlen(title) != *len || blank == NULL || blank == title || !is_digits(blank + 1))
        return NULL;
    for (end = (size_t)(blank - title); end > 0 && title[end - 1] == ' ';)
        end--;
    title[end] = '\0';
    *len = end;
    return blank + 1;
}

/* A number alone is no feeling, and nobody can know which of the two it says. */
static rb_result
refuse_number(const char *title, struct rebound_error *err)
{
    if (!is_digits(title))
        return REBOUND_OK;
    return rb_cli_fail(err, REBOUND_BAD_FORMAT,
                       "What does %.20s stand for? A word goes before it: `rebound feel tired "
                       "%.20s`; how you are all in all is `rebound feel so-so --mood %.20s`.",
                       title, title, title);
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
        strength = take_strength(&words, &n);
    TRY(rb_form_words(words, n, &title, &len, err));
    if (strcmp(kind->name, "feel") == 0) {
        strength = strength == NULL ? cut_strength(title, &len) : strength;
        TRY(refuse_number(title, err));
    }
    if (len == 0)
        TRY(rb_cli_fail(err, REBOUND_EMPTY, "The %s is empty, so nothing was saved.",
                        rebound_text(kind->label)));
    TRY(rebound_edit_new(cli->vault, kind->name, &edit, err));
    TRY(rebound_edit_set(edit, kind->title_field, title, len, err));
    if (strength != NULL)
        TRY(rebound_edit_set(edit, "strength", strength, strlen(strength), err));
    if (rb_form_field(kind, "state") != NULL)
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
        rb_json_text(&cli->out, "entry", NULL);
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

/* One line is asked for where one is all that it takes; an editor is for more. */
static rb_result
add_asked(struct rb_cli *cli, const struct rebound_kind_info *kind, struct rebound_error *err)
{
    const char *label = rb_form_field(kind, kind->title_field)->label;
    char line[LINE_SIZE], prompt[128];
    const char *words[] = {line};
    enum rebound_code rc = REBOUND_OK;

    if (strcmp(kind->name, "feel") == 0)
        (void)snprintf(prompt, sizeof prompt, "%s ",
                       rebound_text("How does it feel, and how strong is it? (tired 6)"));
    else
        (void)snprintf(prompt, sizeof prompt, "%s: ", rebound_text(label));
    TRY(rb_ask_line(&cli->options, prompt, line, sizeof line, err));
    if (line[strspn(line, " \t")] == '\0') {
        rb_out_note(&cli->out, "Nothing was written, so nothing was saved.\n");
        rb_json_text(&cli->out, "entry", NULL);
        return REBOUND_OK;
    }
    TRY(add_words(cli, kind, words, 1, err));
out:
    rebound_wipe(line, sizeof line);
    return rc;
}

/* Whether a line is all that the kind's command takes; else it is a text, for an editor. */
static bool
is_line(const struct rebound_kind_info *kind)
{
    return rb_form_field(kind, kind->title_field)->type == REBOUND_FIELD_LINE;
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
run_kind(struct rb_cli *cli, struct rebound_error *err)
{
    const struct rebound_kind_info *kind = rebound_kind(cli->command->kind);
    const char *const *words = (const char *const *)cli->options.args;
    size_t n = cli->options.n_args;
    const char *first = n > 0 ? words[0] : "";
    const struct rb_kind_action *action = rb_kind_action(kind, first);
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    if (strcmp(first, "list") == 0 && n == 1)
        return list_kind(cli, kind, err);
    if (strcmp(first, "show") == 0 && n == 2)
        return rb_show_entry(cli, kind->name, words[1], err);
    if (strcmp(first, "edit") == 0 && n == 2)
        return rb_edit_entry(cli, kind->name, words[1], err);
    if (action != NULL)
        return action->run(cli, kind, action, words + 1, n - 1, err);
    if (strcmp(first, "add") == 0) {
        words++;
        n--;
    } else {
        TRY(rb_kind_refuse_slip(kind, words, n, err));
    }
    if (n == 0 && is_line(kind) && rb_ask_is_possible(&cli->options))
        return add_asked(cli, kind, err);
    if (n == 0 && cli->out.terminal)
        return add_in_editor(cli, kind, err);
    if (n == 0 && strcmp(kind->name, "feel") == 0)
        TRY(rb_cli_fail(err, REBOUND_EMPTY,
                        "How does it feel? A word for it and, if you like, how strong it is: "
                        "`rebound feel tired 6`."));
    if (n == 0)
        TRY(rb_cli_fail(err, REBOUND_EMPTY,
                        "What should the %s say? Give its words, or \"-\" to read standard input.",
                        rebound_text(kind->label)));
    TRY(add_words(cli, kind, words, n, err));
out:
    return rc;
}

/* --- rows --- */

#define KIND_COMMAND(kind_name, of_group, what, form, words_of_help, shown)                        \
    const struct rb_command rb_cmd_##kind_name = {                                                 \
        .name = #kind_name,                                                                        \
        .group = RB_GROUP_##of_group,                                                              \
        .line = (what),                                                                            \
        .usage = form,                                                                             \
        .kind = #kind_name,                                                                        \
        .options = list_opts,                                                                      \
        .help = words_of_help,                                                                     \
        .examples = shown,                                                                         \
        .answers = "entry entries list show",                                                      \
        .args_max = RB_ARGS_ANY,                                                                   \
        .run = run_kind,                                                                           \
    }

KIND_COMMAND(note, DAY, "write something down", "[add] TEXT…\nlist\nshow ID\nedit ID",
             "Without words, at a terminal, it opens your editor. \"-\" reads standard input.",
             "rebound note \"Slept badly. Walked to the river.\"\n"
             "rebound note --tag sleep -t walks Better today\n"
             "pbpaste | rebound note -");

KIND_COMMAND(
    setback, SETBACK, "something that went wrong",
    "[add] WHAT HAPPENED…\nlist\nshow ID\nedit ID\nsettle ID\nreopen ID",
    "What else you write can belong to it: `--about ID`. `rebound show` of a setback tells "
    "its whole story.\n\n"
    "`settle` says that it is behind you, since today or since `--at TIME`; `reopen` takes "
    "that back.",
    "rebound setback \"They gave the lead to someone else\" --kind missed-promotion\n"
    "rebound setback \"The launch was cancelled\" --kind failed-project --at 2026-11-20\n"
    "rebound setback settle @1");

KIND_COMMAND(feel, DAY, "how it feels now, from 0 to 10",
             "[add] EMOTION… [0-10]\nlist\nshow ID\nedit ID",
             "Name an emotion in your own words; a number at the end says how strong it is. "
             "`--mood` says how you are all in all, from 0, the worst, to 10.",
             "rebound feel let down 7\nrebound feel relieved 4 --about @1 --mood 6");

KIND_COMMAND(cause, SETBACK, "your part in it, what was beyond you, what surrounded it",
             "[add] WHAT…\nlist\nshow ID\nedit ID",
             "`--whose mine` is your part, `beyond` what was beyond your control, `around` what "
             "surrounded it.",
             "rebound cause \"I said yes to three projects at once\" --whose mine --about @1\n"
             "rebound cause \"The budget was cut in spring\" --whose beyond --about @1");

KIND_COMMAND(ask, PEOPLE, "feedback to ask for, and what they said",
             "[add] WHAT TO ASK…\nlist\nshow ID\nedit ID\nasked ID…\nanswer ID WHAT THEY SAID…\n"
             "drop ID…\nreopen ID…",
             "Whom to ask is `--person NAME`, one of your contacts. `asked` notes that you did, "
             "`answer` what they said.",
             "rebound ask \"What would have made the difference?\" --person Sam --due friday\n"
             "rebound ask answer @1 \"That I speak up earlier\"");

KIND_COMMAND(
    reframe, SETBACK, "what it taught, or another way to see it",
    "[add] TEXT…\nlist\nshow ID\nedit ID",
    "`--way taught` is what it taught you, `--way another-view` another way to see it.",
    "rebound reframe \"I know now which work I want to be seen for\" --way taught --about @1");

KIND_COMMAND(plan, NEXT, "a goal; its steps are `rebound step`",
             "[add] GOAL…\nlist\nshow ID\nedit ID\ndone ID…\npostpone ID… [--due TIME]\ndrop ID…\n"
             "reopen ID…",
             "A plan has steps: `rebound step add WHAT --plan ID`.",
             "rebound plan \"Be ready next spring\" --about @1 --due 2027-03-01 --area experience");

KIND_COMMAND(
    step, NEXT, "one thing to do",
    "[add] WHAT…\nlist\nshow ID\nedit ID\ndone ID…\npostpone ID… [--due TIME]\ndrop ID…\n"
    "reopen ID…",
    "A step belongs to a plan (`--plan ID`) or stands alone. What may get in the way is "
    "`--if`, and what you will do then `--then`.",
    "rebound step add \"Ask Sam what was missing\" --plan @1 --due friday\n"
    "rebound step \"Send two applications\" --if \"I am too tired\" --then \"I send one\"\n"
    "rebound step done @2");

KIND_COMMAND(
    kind, SETBACK, "kind words: what you would say to a friend",
    "[add] TEXT…\nlist\nshow ID\nedit ID",
    "What would you say to a friend to whom this happened? It is shown to you again, later.",
    "rebound kind \"You did what you could with what you knew.\" --about @1");

KIND_COMMAND(
    grow, NEXT, "something to practise, and how often you did",
    "[add] WHAT…\nlist\nshow ID\nedit ID\ndid ID [WHAT…]\ndone ID…\npostpone ID…\ndrop ID…\n"
    "reopen ID…",
    "`did` notes that you practised. Nobody counts days in a row.",
    "rebound grow \"Say what I need, early\" --area leadership\n"
    "rebound grow did @1 \"Asked for help in the stand-up\"");

KIND_COMMAND(contact, PEOPLE, "someone who can help",
             "[add] NAME…\nlist\nshow ID\nedit ID\nmet ID|PERSON [--at TIME]",
             "The people of your support network. They learn nothing of it. `met` notes that you "
             "were in touch; `--every 30` says after how many days it would be good to be again.",
             "rebound contact add \"Sam Osei\" --relation mentor --help-with \"knows how these "
             "decisions are made\"\n"
             "rebound contact met Sam");

KIND_COMMAND(win, DAY, "something that went right", "[add] WHAT…\nlist\nshow ID\nedit ID",
             "Small ones count.", "rebound win \"Said out loud that I was hurt\"");
