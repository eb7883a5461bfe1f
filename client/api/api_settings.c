/* Settings: what a person chooses, a table. */
#include "api/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/language.h"
#include "vault/settings.h"

#define NAME_MAX_BYTES 64

struct setting {
    const char *name;
    const char *help;
    const char *value; /* the default */
    bool (*is_fine)(const char *value);
    const char *form;          /* what is fine, for a person */
    const char *const *values; /* some that are, or all */
};

/* "90s", "15m", "8h", "7d". */
static bool
is_span(const char *value)
{
    size_t digits = strspn(value, "0123456789");

    return digits > 0 && digits <= 6 && strspn(value, "0") < digits &&
           strchr("smhd", value[digits]) != NULL && value[digits] != '\0' &&
           value[digits + 1] == '\0';
}

static bool
is_unlock(const char *value)
{
    return strcmp(value, "ask") == 0 || is_span(value);
}

static bool
is_sync(const char *value)
{
    return strcmp(value, "auto") == 0 || strcmp(value, "manual") == 0;
}

static bool
is_on_off(const char *value)
{
    return strcmp(value, "on") == 0 || strcmp(value, "off") == 0;
}

static const char *const auto_manual[] = {"auto", "manual", NULL};
static const char *const times[] = {"ask", "15m", "1h", "8h", NULL};
static const char *const on_off[] = {"on", "off", NULL};

static const struct setting settings[] = {
    {"sync",
     RB_TEXT("when what was saved is sent: auto, after each command that changes the journal; "
             "manual, only "
             "by `sync`"),
     "auto", is_sync, RB_TEXT("auto or manual"), auto_manual},
    {"unlock", RB_TEXT("how long a passphrase that was typed unlocks the journal: a time, or ask"),
     "15m", is_unlock, RB_TEXT("ask, or a time such as 90s, 15m, 8h or 7d"), times},
    {"remind", RB_TEXT("whether `remind` says when something is due: on or off"), "off", is_on_off,
     RB_TEXT("on or off"), on_off},
    {"help-now",
     RB_TEXT(
         "whether `help-now` is pointed to after an entry that suggests danger to life: on or off"),
     "on", is_on_off, RB_TEXT("on or off"), on_off},
    {"pager", RB_TEXT("whether what is longer than the terminal goes through a pager: on or off"),
     "on", is_on_off, RB_TEXT("on or off"), on_off},
};

static const struct setting *
find(const char *name)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (strcmp(settings[i].name, name) == 0)
            return &settings[i];
    }
    return NULL;
}

static rb_result
unknown(const char *name, struct rebound_error *err)
{
    return rb_fail(err, REBOUND_NOT_FOUND, "There is no setting \"%.*s\".", NAME_MAX_BYTES, name);
}

static void
path_of(const struct setting *setting, char out[NAME_MAX_BYTES])
{
    (void)snprintf(out, NAME_MAX_BYTES, "user/%s", setting->name);
}

size_t
rebound_setting_count(void)
{
    return sizeof settings / sizeof settings[0];
}

const char *
rebound_setting_name(size_t i, const char **help_out, const char **default_out)
{
    if (i >= sizeof settings / sizeof settings[0])
        return NULL;
    if (help_out != NULL)
        *help_out = settings[i].help;
    if (default_out != NULL)
        *default_out = settings[i].value;
    return settings[i].name;
}

const char *
rebound_setting_value_at(size_t setting, size_t i)
{
    size_t n = 0;

    if (setting >= sizeof settings / sizeof settings[0])
        return NULL;
    while (settings[setting].values[n] != NULL && n < i)
        n++;
    return settings[setting].values[n];
}

enum rebound_code
rebound_setting_get(struct rebound *r, const char *name, char **value_out,
                    struct rebound_error *err)
{
    const struct setting *setting = NULL;
    char path[NAME_MAX_BYTES], *value = NULL;
    struct rb_buf kept = {0};
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && name != NULL && value_out != NULL, err));
    setting = find(name);
    if (setting == NULL)
        TRY(unknown(name, err));
    path_of(setting, path);
    TRY(rb_settings_get(r->vault, path, &kept, &found, err));
    value = found ? strndup((const char *)kept.ptr, kept.len) : strdup(setting->value);
    if (value == NULL)
        TRY(rb_no_memory(err));
    *value_out = value;
out:
    rb_buf_free(&kept);
    return rc;
}

enum rebound_code
rebound_setting_put(struct rebound *r, const char *name, const char *value,
                    struct rebound_error *err)
{
    const struct setting *setting = NULL;
    char path[NAME_MAX_BYTES];
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && name != NULL, err));
    setting = find(name);
    if (setting == NULL)
        TRY(unknown(name, err));
    path_of(setting, path);
    if (value == NULL)
        return rb_settings_remove(r->vault, path, err);
    if (!setting->is_fine(value))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The setting \"%s\" is %s.", setting->name,
                    rb_tr(setting->form)));
    TRY(rb_settings_put(r->vault, path, rb_slice_text(value), err));
out:
    return rc;
}
