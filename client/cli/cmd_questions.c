/* Sets of questions for `reflect`: which there are, and one's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/context.h"
#include "cli/say.h"
#include "cli/target.h"

#define FILE_MAX (512u * 1024u)

/* --- list --- */

static void
info_json(struct rb_out *out, const struct rebound_questions_info *info)
{
    char id[REBOUND_ID_TEXT];

    if (info->own)
        rebound_id_text(&info->id, id);
    rb_json_text(out, "name", info->name);
    rb_json_text(out, "language", info->language);
    rb_json_text(out, "title", info->title);
    rb_json_text(out, "author", info->author);
    rb_json_text(out, "licence", info->licence);
    rb_json_text(out, "id", info->own ? id : NULL);
    rb_json_bool(out, "readable", info->readable);
    rb_json_number(out, "steps", (int64_t)info->steps);
    rb_json_number(out, "questions", (int64_t)info->questions);
    rb_json_number(out, "short", (int64_t)info->questions_short);
}

static void
list_one(void *ctx, const struct rebound_questions_info *info)
{
    struct rb_out *out = ctx;

    rb_json_object(out, NULL);
    info_json(out, info);
    rb_json_end(out);
    rb_out_cell(out, info->name, 16);
    rb_out_cell(out, info->language, 5);
    rb_out_cell(out, info->own ? rebound_text("yours") : "", 5);
    rb_out_last(out,
                info->readable ? info->title
                               : rebound_text("(of a later version, it cannot be read here)"),
                32);
}

static rb_result
list_sets(struct rb_cli *cli, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    rb_json_list(&cli->out, "sets");
    TRY(rebound_questions_each(cli->vault, list_one, &cli->out, err));
    rb_json_end(&cli->out);
out:
    return rc;
}

/* --- files --- */

/* *out owned: free. */
static rb_result
read_file(const char *path, char **out, size_t *len_out, struct rebound_error *err)
{
    bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "re");
    char *text = malloc(FILE_MAX + 1);
    size_t len = 0;
    enum rebound_code rc = REBOUND_OK;

    if (text == NULL)
        TRY(rb_cli_no_memory(err));
    if (file == NULL)
        TRY(rb_cli_fail(err, REBOUND_NOT_FOUND, "%.300s could not be opened.", path));
    len = fread(text, 1, FILE_MAX + 1, file);
    if (ferror(file))
        TRY(rb_cli_fail(err, REBOUND_IO, "%.300s could not be read.", path));
    if (len > FILE_MAX)
        TRY(rb_cli_fail(err, REBOUND_TOO_LARGE, "%.300s is too large for a set of questions.",
                        path));
    *out = text;
    *len_out = len;
    text = NULL; /* now owned by the caller */
out:
    if (file != NULL && !is_input)
        (void)fclose(file);
    free(text);
    return rc;
}

static void
say_counts(struct rb_cli *cli, const char *done, const struct rebound_questions_info *info)
{
    rb_out_note(&cli->out, "%s \"%s\" (%s): %s. Questions: %zu, in the short form %zu.\n",
                rebound_text(done), info->name, info->language, info->title, info->questions,
                info->questions_short);
}

static rb_result
check_file(struct rb_cli *cli, const char *path, struct rebound_error *err)
{
    struct rebound_questions *questions = NULL;
    char *text = NULL;
    size_t len = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(read_file(path, &text, &len, err));
    TRY(rebound_questions_read(text, len, &questions, err));
    info_json(&cli->out, rebound_questions_about(questions));
    say_counts(cli, RB_TEXT("Sound:"), rebound_questions_about(questions));
out:
    rebound_questions_free(questions);
    free(text);
    return rc;
}

static rb_result
use_file(struct rb_cli *cli, const char *path, struct rebound_error *err)
{
    struct rebound_questions *questions = NULL;
    struct rebound_id id;
    char *text = NULL;
    size_t len = 0;
    bool changed = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(read_file(path, &text, &len, err));
    TRY(rebound_questions_read(text, len, &questions, err));
    TRY(rb_cli_unlock(cli, err));
    TRY(rebound_questions_use(cli->vault, text, len, &id, &changed, err));
    rb_cli_send(cli);
    info_json(&cli->out, rebound_questions_about(questions));
    rb_json_bool(&cli->out, "changed", changed);
    say_counts(cli, changed ? RB_TEXT("Saved:") : RB_TEXT("There already:"),
               rebound_questions_about(questions));
    rb_out_note(&cli->out, "`rebound reflect --questions %s` asks them.\n",
                rebound_questions_about(questions)->name);
out:
    rebound_questions_free(questions);
    free(text);
    return rc;
}

/* --- show, remove --- */

static void
show_questions(struct rb_out *out, const struct rebound_questions *questions)
{
    struct rebound_question q;
    const char *step = "";

    rb_json_list(out, "questions");
    for (size_t i = 0; rebound_questions_at(questions, i, &q); i++) {
        rb_json_object(out, NULL);
        rb_json_text(out, "id", q.id);
        rb_json_text(out, "step", q.step_id);
        rb_json_text(out, "ask", q.ask);
        rb_json_text(out, "why", q.why);
        rb_json_text(out, "source", q.source);
        rb_json_text(out, "kind", q.kind->name);
        rb_json_text(out, "field", q.field->name);
        rb_json_bool(out, "follows", q.follows);
        rb_json_bool(out, "repeats", q.repeats);
        rb_json_bool(out, "short", q.in_short);
        rb_json_end(out);
        if (strcmp(step, q.step_id) != 0) {
            rb_out_printf(out, "\n");
            rb_out_heading(out, q.step);
        }
        step = q.step_id;
        rb_out_paragraph(out, q.follows ? 4 : 2, q.ask);
    }
    rb_json_end(out);
}

static rb_result
show_set(struct rb_cli *cli, const char *name, struct rebound_error *err)
{
    struct rebound_questions *questions = NULL;
    const struct rebound_questions_info *info;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_questions_open(cli->vault, name, rb_opt_value(&cli->options, "language"),
                               &questions, err));
    info = rebound_questions_about(questions);
    rb_json_text(&cli->out, "name", info->name);
    rb_json_text(&cli->out, "language", info->language);
    rb_json_text(&cli->out, "title", info->title);
    if (rb_opt_has(&cli->options, "file")) {
        rb_json_text(&cli->out, "text", rebound_questions_text(questions, NULL));
        rb_out_printf(&cli->out, "%s", rebound_questions_text(questions, NULL));
        goto out;
    }
    rb_out_printf(&cli->out, "%s\n", info->title);
    show_questions(&cli->out, questions);
out:
    rebound_questions_free(questions);
    return rc;
}

static rb_result
remove_set(struct rb_cli *cli, const char *name, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rebound_questions_remove(cli->vault, name, rb_opt_value(&cli->options, "language"), err));
    rb_cli_send(cli);
    rb_json_text(&cli->out, "removed", name);
    rb_out_note(&cli->out, "\"%.60s\" is in the trash; `rebound undo` takes that back.\n", name);
out:
    return rc;
}

/* The sets of the library can be looked at with no journal; one that is there adds its own. */
static rb_result
open_if_there(struct rb_cli *cli, struct rebound_error *err)
{
    enum rebound_code rc = rb_cli_open(cli, err);

    if (rc == REBOUND_NO_VAULT)
        return REBOUND_OK;
    return rc == REBOUND_OK ? rb_cli_unlock(cli, err) : rc;
}

static rb_result
run_questions(struct rb_cli *cli, struct rebound_error *err)
{
    const char *word = cli->options.n_args == 0 ? "list" : cli->options.args[0];
    const char *what = cli->options.n_args > 1 ? cli->options.args[1] : NULL;
    enum rebound_code rc = REBOUND_OK;

    if ((what == NULL) == (strcmp(word, "list") == 0)) {
        if (strcmp(word, "check") == 0)
            return check_file(cli, what, err);
        if (strcmp(word, "use") == 0)
            return use_file(cli, what, err);
        if (strcmp(word, "remove") == 0)
            return remove_set(cli, what, err);
        if (strcmp(word, "list") == 0 || strcmp(word, "show") == 0) {
            TRY(open_if_there(cli, err));
            return what == NULL ? list_sets(cli, err) : show_set(cli, what, err);
        }
    }
    rc = rb_cli_fail(err, REBOUND_MISUSE,
                     "It is used like this: rebound questions, or rebound questions show SET, use "
                     "FILE, check FILE, remove SET.");
out:
    return rc;
}

static const struct rb_opt options[] = {
    {"language", 0, "LANGUAGE", "of the set, such as de", "en de"},
    {"file", 0, NULL, "with show: the file itself, to begin one of your own with", NULL},
    {NULL, 0, NULL, NULL, NULL}};

const struct rb_command rb_cmd_questions = {
    .name = "questions",
    .group = RB_GROUP_SELF,
    .line = "the sets of questions that `reflect` asks, and your own",
    .usage = "[list]\nshow SET [--language LANGUAGE] [--file]\nuse FILE\ncheck FILE\nremove SET",
    .options = options,
    .help =
        "A set is a text file (YAML) that you or a coach can write, translate and share. `show "
        "setback --file` prints the one that comes with Rebound, to begin with. `check` says in "
        "which line something is wrong; `use` keeps a set in the journal, for all your devices, in "
        "place of one of that name and language.\n"
        "\n"
        "At its top: rebound-questions: 1, name, title, language, and what a setback is called "
        "that "
        "nobody named (otherwise); author and licence if you like. Then steps, each with id, title "
        "and questions.\n"
        "\n"
        "A question has an id (the same in every language, so that a reflection begun in one goes "
        "on "
        "in another), ask, and leaves: the kind of entry and its field, such as feel.emotion or "
        "setback.text. It may have why and source, shown after ?; form: short, to be in the short "
        "form too; repeat: true, to be asked until there is no answer; set, for fields that get a "
        "value without being asked; choices, for what choices are called; and then: further "
        "questions for the same entry, each with ask and field.\n"
        "\n"
        "Translate title, ask, why and choices; leave ids, fields and values as they are.",
    .examples = "rebound questions\nrebound questions show setback\nrebound questions show setback "
                "--file --language de",
    .answers =
        "questions questions-show questions-file questions-use questions-check questions-removed",
    .args_max = 2,
    .run = run_questions,
};
