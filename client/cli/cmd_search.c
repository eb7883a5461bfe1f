#include "cli/filters.h"
#include "cli/form.h"
#include "cli/view.h"

static rb_result
run_search(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_query query = {.size = sizeof query};
    struct rb_filters filters;
    char *words = NULL;
    size_t len = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rb_filters_read(cli, &query, &filters, err));
    TRY(rb_form_words((const char *const *)cli->options.args, cli->options.n_args, &words, &len,
                      err));
    if (len == 0)
        TRY(rb_cli_fail(err, REBOUND_EMPTY, "What should be searched for?"));
    query.words = words;
    TRY(rb_view_list(cli, &query,
                     "Nothing was found. Fewer words find more, and so does the beginning of one: "
                     "`rebound search 'begin*'`. `rebound trash` shows what was deleted.",
                     err));
out:
    rb_form_text_free(words);
    return rc;
}

static const struct rb_opt options[] = {RB_FILTER_OPTS, {NULL, 0, NULL, NULL, NULL}};

const struct rb_command rb_cmd_search = {
    .name = "search",
    .group = RB_GROUP_FIND,
    .line = "find words anywhere in the journal",
    .usage = "WORDS…",
    .options = options,
    .help = "Finds entries that hold all the words. \"a phrase\" stands together, begin* finds "
            "what begins so. Case and accents do not matter. What says it most often comes first, "
            "above all in its title; then what is newer. For a word that is nowhere it says which "
            "are near it.",
    .examples = "rebound search river\nrebound search '\"out loud\"'\nrebound search promot* "
                "--kind setback",
    .answers = "search",
    .args_min = 1,
    .args_max = RB_ARGS_ANY,
    .pages = true,
    .run = run_search,
};
