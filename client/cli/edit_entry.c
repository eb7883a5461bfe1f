#include "cli/edit_entry.h"

#include <stdio.h>
#include <string.h>

#include "cli/draft.h"
#include "cli/form.h"
#include "cli/person.h"
#include "cli/say.h"
#include "cli/view.h"
#include "cli/view_items.h"

static rb_result
refuse_kind(const char *what, const struct rebound_kind_info *is,
            const struct rebound_kind_info *needed, struct rebound_error *err)
{
    if (strcmp(needed->name, "file") == 0)
        return rb_cli_fail(err, REBOUND_NOT_FOUND,
                           "%.40s is no attachment. `rebound show %.40s` lists those of an entry, "
                           "with their ids.",
                           what, what);
    return rb_cli_fail(err, REBOUND_NOT_FOUND, "%.40s is among the %s, and this is for %s.", what,
                       rebound_text(is == NULL ? RB_TEXT("entries") : is->plural),
                       rebound_text(needed->plural));
}

rb_result
rb_find_entry(struct rb_cli *cli, const char *kind, const char *what, struct rebound_entry **out,
              struct rebound_error *err)
{
    struct rebound_entry *e = NULL;
    struct rebound_id id;
    enum rebound_code rc = REBOUND_OK;

    TRY(kind != NULL && strcmp(kind, "contact") == 0 ? rb_find_person(cli, what, &id, err)
                                                     : rebound_resolve(cli->vault, what, &id, err));
    TRY(rebound_get(cli->vault, &id, &e, err));
    if (kind != NULL && strcmp(rebound_entry_kind(e), kind) != 0)
        TRY(refuse_kind(what, rebound_kind(rebound_entry_kind(e)), rebound_kind(kind), err));
    *out = e;
    e = NULL; /* now owned by the caller */
out:
    rebound_entry_free(e);
    return rc;
}

rb_result
rb_show_entry(struct rb_cli *cli, const char *kind, const char *what, struct rebound_error *err)
{
    struct rebound_entry *e = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_find_entry(cli, kind, what, &e, err));
    if (cli->out.json) {
        rb_view_json(&cli->out, "entry", e);
        TRY(rb_view_story(cli, e, err));
    } else {
        TRY(rb_view_entry(cli, e, err));
    }
out:
    rebound_entry_free(e);
    return rc;
}

static const struct rebound_kind_info *
kind_of(const struct rebound_entry *e, struct rebound_error *err)
{
    const struct rebound_kind_info *kind = rebound_kind(rebound_entry_kind(e));

    if (kind == NULL)
        (void)rb_cli_fail(
            err, REBOUND_TOO_NEW,
            "This entry is of a kind that this version does not know (%.40s). It is kept as it is.",
            rebound_entry_kind(e));
    return kind;
}

static rb_result
say_unchanged(struct rb_cli *cli, const struct rebound_entry *e)
{
    if (cli->out.json)
        rb_view_answer(&cli->out, e);
    else
        rb_out_note(&cli->out, "Nothing was changed.\n");
    return REBOUND_OK;
}

static rb_result
save(struct rb_cli *cli, struct rebound_edit *edit, const struct rebound_entry *e, const char *done,
     struct rebound_error *err)
{
    struct rebound_id id;
    bool changed = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_edit_save(cli->vault, edit, &id, &changed, err));
    TRY(changed ? rb_view_saved(cli, &id, done, err) : say_unchanged(cli, e));
out:
    return rc;
}

/* Options of the command `edit`, beside those that name fields: --set FIELD=VALUE. */
static rb_result
take_sets(struct rb_cli *cli, struct rebound_edit *edit, const struct rebound_kind_info *kind,
          bool *any_out, struct rebound_error *err)
{
    const char *set;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; (set = rb_opt_value_at(&cli->options, "set", i)) != NULL; i++) {
        const char *equals = strchr(set, '=');
        char name[64];
        if (equals == NULL || equals == set || (size_t)(equals - set) >= sizeof name)
            TRY(rb_cli_fail(err, REBOUND_MISUSE, "--set takes FIELD=VALUE, not \"%.60s\".", set));
        (void)snprintf(name, sizeof name, "%.*s", (int)(equals - set), set);
        TRY(rb_form_set(cli, edit, kind, name, equals + 1, err));
        *any_out = true;
    }
out:
    return rc;
}

static rb_result
edit_in_editor(struct rb_cli *cli, const struct rebound_kind_info *kind,
               const struct rebound_entry *e, struct rebound_edit *edit, struct rebound_error *err)
{
    struct rb_draft *draft = NULL;
    char of[REBOUND_ID_TEXT];
    bool changed = false;
    enum rebound_code rc = REBOUND_OK;

    rebound_id_text(rebound_entry_id(e), of);
    TRY(rb_form_editor(cli, of, kind, e, edit, &changed, &draft, err));
    TRY(changed ? save(cli, edit, e, "Saved", err) : say_unchanged(cli, e));
    rb_draft_remove(draft);
    draft = NULL;
out:
    rb_draft_close(draft);
    return rc;
}

rb_result
rb_edit_entry(struct rb_cli *cli, const char *kind, const char *what, struct rebound_error *err)
{
    const struct rebound_kind_info *info;
    struct rebound_entry *e = NULL;
    struct rebound_edit *edit = NULL;
    bool any = cli->options.n_given > 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_find_entry(cli, kind, what, &e, err));
    info = kind_of(e, err);
    if (info == NULL) {
        rc = REBOUND_TOO_NEW;
        goto out;
    }
    TRY(rebound_edit_open(cli->vault, rebound_entry_id(e), &edit, err));
    if (any) {
        TRY(take_sets(cli, edit, info, &any, err));
        TRY(rb_form_options(cli, edit, info, err));
        TRY(save(cli, edit, e, "Saved", err));
    } else {
        TRY(edit_in_editor(cli, info, e, edit, err));
    }
out:
    rebound_edit_free(edit);
    rebound_entry_free(e);
    return rc;
}

rb_result
rb_edit_entry_fields(struct rb_cli *cli, const char *kind, const char *what,
                     const struct rb_field_value *values, size_t n, const char *done,
                     struct rebound_error *err)
{
    struct rebound_entry *e = NULL;
    struct rebound_edit *edit = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_find_entry(cli, kind, what, &e, err));
    TRY(rebound_edit_open(cli->vault, rebound_entry_id(e), &edit, err));
    for (size_t i = 0; i < n; i++)
        TRY(rebound_edit_set(edit, values[i].field, values[i].value, strlen(values[i].value), err));
    TRY(save(cli, edit, e, done, err));
out:
    rebound_edit_free(edit);
    rebound_entry_free(e);
    return rc;
}
