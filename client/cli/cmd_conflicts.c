#include <stdio.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/context.h"
#include "cli/interrupt.h"
#include "cli/view.h"
#include "cli/when.h"

static rb_result
list(struct rb_cli *cli, struct rebound_error *err)
{
    const struct rebound_query query = {.size = sizeof query, .conflicted = true};
    struct rebound_list *found = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_list_open(cli->vault, &query, &found, err));
    rb_json_list(&cli->out, "conflicts");
    for (size_t i = 0; i < rebound_list_count(found); i++) {
        if (cli->out.json)
            rb_view_json(&cli->out, NULL, rebound_list_at(found, i));
        else
            rb_view_row(&cli->out, i + 1, rebound_list_at(found, i), NULL);
    }
    rb_json_end(&cli->out);
    if (rebound_list_count(found) == 0)
        rb_out_note(&cli->out, "No conflicts.\n");
    rb_view_remember(cli, found);
out:
    rebound_list_free(found);
    return rc;
}

/* The first field whose versions stand against each other; NULL: none. */
static const char *
open_field(const struct rebound_entry *entry)
{
    for (size_t i = 0; i < rebound_entry_field_count(entry); i++) {
        const char *field = rebound_entry_field_at(entry, i);
        if (rebound_entry_version_count(entry, field) > 1)
            return field;
    }
    return NULL;
}

static void
show_versions(struct rb_cli *cli, const struct rebound_entry *entry, const char *field)
{
    for (size_t i = 0; i < rebound_entry_version_count(entry, field); i++) {
        const char *device = NULL;
        int64_t ms = 0;
        char when[RB_WHEN_MAX];
        const char *text = rebound_entry_version(entry, field, i, &device, &ms);
        rb_out_style(&cli->out, RB_STYLE_BOLD);
        rb_out_printf(&cli->out, "%zu  %s, from %s, %s\n", i + 1, field,
                      device != NULL ? device : "?", rb_when_minute(when, ms));
        rb_out_style(&cli->out, RB_STYLE_NONE);
        rb_out_paragraph(&cli->out, 3, text != NULL ? text : "");
    }
}

/* Which version to keep, from 1: --keep, or what is typed. */
static rb_result
choose(struct rb_cli *cli, size_t count, size_t *choice_out, struct rebound_error *err)
{
    char answer[32];
    uint64_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_opt_number(&cli->options, "keep", 1, count, &n, err));
    if (n == 0) {
        rb_out_flush(&cli->out);
        TRY(rb_ask_line(&cli->options, "Which one shall stay? Number: ", answer, sizeof answer,
                        err));
        if (!rb_opt_parse_number(answer, count, &n) || n == 0)
            TRY(rb_cli_fail(err, REBOUND_MISUSE, "There is no version \"%s\". Nothing was changed.",
                            answer));
    }
    *choice_out = (size_t)n;
out:
    return rc;
}

static rb_result
keep(struct rb_cli *cli, const struct rebound_id *id, const char *field, const char *text,
     struct rebound_error *err)
{
    struct rebound_edit *edit = NULL;
    struct rebound_id saved;
    bool changed = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_edit_open(cli->vault, id, &edit, err));
    TRY(rebound_edit_set(edit, field, text, strlen(text), err));
    TRY(rebound_edit_save(cli->vault, edit, &saved, &changed, err));
out:
    rebound_edit_free(edit);
    return rc;
}

static rb_result
resolve(struct rb_cli *cli, const char *which, struct rebound_error *err)
{
    struct rebound_entry *entry = NULL;
    struct rebound_id id;
    const char *field;
    size_t choice = 0;
    char short_id[RB_VIEW_ID];
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_resolve(cli->vault, which, &id, err));
    TRY(rebound_get(cli->vault, &id, &entry, err));
    field = open_field(entry);
    if (field == NULL)
        TRY(rb_cli_fail(err, REBOUND_NOT_FOUND, "Nothing in this entry is in conflict."));
    if (!rb_opt_has(&cli->options, "keep"))
        show_versions(cli, entry, field);
    TRY(choose(cli, rebound_entry_version_count(entry, field), &choice, err));
    TRY(keep(cli, &id, field, rebound_entry_version(entry, field, choice - 1, NULL, NULL), err));
    rb_out_note(&cli->out, "Settled: %s of %s.\n", field, rb_view_id(&id, short_id));
    rb_view_id_json(&cli->out, "id", &id);
    rb_json_text(&cli->out, "field", field);
    rb_cli_send(cli);
out:
    rebound_entry_free(entry);
    return rc;
}

static rb_result
run_conflicts(struct rb_cli *cli, struct rebound_error *err)
{
    const struct rb_options *o = &cli->options;
    enum rebound_code rc = REBOUND_OK;

    if (o->n_args != 0 && (o->n_args != 2 || strcmp(o->args[0], "resolve") != 0))
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "It is used like this: rebound conflicts, or rebound conflicts resolve "
                           "ID.");
    TRY(rb_cli_unlock(cli, err));
    TRY(o->n_args == 0 ? list(cli, err) : resolve(cli, o->args[1], err));
out:
    return rc;
}

static const struct rb_opt options[] = {
    {"keep", 0, "N", "with resolve: keep the Nth version", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_conflicts = {
    .name = "conflicts",
    .group = RB_GROUP_DEVICES,
    .line = "entries that two devices changed in different ways",
    .usage = "\nresolve ID [--keep N]",
    .ids = "<conflicts>",
    .options = options,
    .help = "Where two devices changed the same words, both versions are kept until you choose. "
            "`resolve` shows them and asks; `rebound edit ID` lets you write a third.",
    .examples = "rebound conflicts\nrebound conflicts resolve @1\n"
                "rebound conflicts resolve 3f2a --keep 2",
    .answers = "conflicts conflicts-resolved",
    .args_max = 2,
    .run = run_conflicts,
};
