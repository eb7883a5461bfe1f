#include <string.h>

#include "cli/context.h"

static rb_result
show_one(struct rb_cli *cli, size_t i, struct rebound_error *err)
{
    struct rb_out *out = &cli->out;
    const char *help = NULL, *by_default = NULL;
    const char *name = rebound_setting_name(i, &help, &by_default);
    char *value = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_setting_get(cli->vault, name, &value, err));
    rb_json_object(out, NULL);
    rb_json_text(out, "name", name);
    rb_json_text(out, "value", value);
    rb_json_text(out, "default", by_default);
    rb_json_text(out, "help", help);
    rb_json_end(out);
    rb_out_cell(out, name, 12);
    if (out->plain) {
        rb_out_cell(out, value, 12);
        rb_out_last(out, rebound_text(help), 0);
    } else {
        rb_out_last(out, value, 14);
        rb_out_paragraph(out, 4, rebound_text(help));
    }
out:
    rebound_text_free(value);
    return rc;
}

static rb_result
show(struct rb_cli *cli, const char *only, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    rb_json_list(&cli->out, "settings");
    for (size_t i = 0; i < rebound_setting_count(); i++) {
        if (only == NULL || strcmp(only, rebound_setting_name(i, NULL, NULL)) == 0)
            TRY(show_one(cli, i, err));
    }
    rb_json_end(&cli->out);
out:
    return rc;
}

static rb_result
check_name(const char *name, struct rebound_error *err)
{
    struct rb_opt_nearest near = {.typed = name};

    for (size_t i = 0; i < rebound_setting_count(); i++) {
        if (strcmp(rebound_setting_name(i, NULL, NULL), name) == 0)
            return REBOUND_OK;
        rb_opt_offer(&near, rebound_setting_name(i, NULL, NULL));
    }
    if (near.best != NULL)
        return rb_cli_fail(err, REBOUND_NOT_FOUND,
                           "There is no setting \"%.60s\". Did you mean \"%s\"?", name, near.best);
    return rb_cli_fail(err, REBOUND_NOT_FOUND,
                       "There is no setting \"%.60s\". `rebound settings` lists them.", name);
}

static rb_result
run_settings(struct rb_cli *cli, struct rebound_error *err)
{
    const struct rb_options *o = &cli->options;
    bool reset = rb_opt_has(o, "reset");
    enum rebound_code rc = REBOUND_OK;

    if (o->n_args > 0)
        TRY(check_name(o->args[0], err));
    if (reset && o->n_args != 1)
        TRY(rb_cli_fail(err, REBOUND_MISUSE, "--reset needs the name of one setting."));
    TRY(rb_cli_unlock(cli, err));
    if (reset)
        TRY(rebound_setting_put(cli->vault, o->args[0], NULL, err));
    else if (o->n_args == 2)
        TRY(rebound_setting_put(cli->vault, o->args[0], o->args[1], err));
    TRY(show(cli, o->n_args > 0 ? o->args[0] : NULL, err));
out:
    return rc;
}

static const struct rb_opt options[] = {
    {"reset", 0, NULL, "back to the default", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_settings = {
    .name = "settings",
    .group = RB_GROUP_SELF,
    .line = "what can be set, and to what it is",
    .usage = "[SETTING [VALUE]]\nSETTING --reset",
    .options = options,
    .help = "Without a value it shows; with one it sets. Settings are this device's own.",
    .examples = "rebound settings\nrebound settings unlock 1h\nrebound settings sync manual",
    .answers = "settings",
    .args_max = 2,
    .run = run_settings,
};
