#include "cli/form.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/draft.h"
#include "cli/edit_entry.h"
#include "cli/typed.h"
#include "rebound.h"

#define TEXT_ROOM (REBOUND_TEXT_MAX + 2u) /* one more than fits, to tell that it does not */

const struct rebound_field_info *
rb_form_field(const struct rebound_kind_info *kind, const char *name)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        if (strcmp(kind->fields[i].name, name) == 0)
            return &kind->fields[i];
    }
    return NULL;
}

static rb_result
read_input(char **out, size_t *len_out, struct rebound_error *err)
{
    char *text = malloc(TEXT_ROOM);
    size_t len = 0;
    ssize_t n = 1;
    enum rebound_code rc = REBOUND_OK;

    if (text == NULL)
        return rb_cli_no_memory(err);
    while (len < TEXT_ROOM - 1 && n != 0) {
        n = read(STDIN_FILENO, text + len, TEXT_ROOM - 1 - len);
        if (n < 0 && errno != EINTR)
            TRY(rb_cli_fail(err, REBOUND_IO, "Standard input could not be read: %s.",
                            rb_cli_reason(errno)));
        len += n > 0 ? (size_t)n : 0;
    }
    if (len > REBOUND_TEXT_MAX)
        TRY(rb_cli_fail(
            err, REBOUND_TOO_LARGE,
            "The text is larger than %u KiB, the most that an entry holds. Nothing was saved.",
            REBOUND_TEXT_MAX / 1024));
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    text[len] = '\0';
    *out = text;
    *len_out = len;
    text = NULL; /* now owned by the caller */
out:
    free(text);
    return rc;
}

/* What is due lies ahead, all else behind. */
static rb_result
set_time(struct rb_cli *cli, struct rebound_edit *edit, const struct rebound_kind_info *kind,
         const struct rebound_field_info *info, const char *value, struct rebound_error *err)
{
    bool ahead = strcmp(info->name, "due") == 0;
    char zone[REBOUND_ZONE_MAX];
    struct rebound_date date;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_typed_time(cli, value, ahead ? REBOUND_DATE_FUTURE : REBOUND_DATE_PAST, &date, err));
    TRY(rebound_edit_set(edit, info->name, date.stored, strlen(date.stored), err));
    if (strcmp(info->name, "at") != 0 || rb_form_field(kind, "zone") == NULL)
        return REBOUND_OK;
    (void)rebound_zone_name(zone);
    TRY(rebound_edit_set(edit, "zone", date.is_day ? "" : zone, date.is_day ? 0 : strlen(zone),
                         err));
out:
    return rc;
}

static rb_result
set_link(struct rb_cli *cli, struct rebound_edit *edit, const struct rebound_field_info *info,
         const char *value, struct rebound_error *err)
{
    /* What belongs to a setback may belong to something else too; a step of no plan is lost. */
    bool is_strict = info->link_kind != NULL && strcmp(info->link_kind, "setback") != 0;
    struct rebound_entry *other = NULL;
    char hex[REBOUND_ID_TEXT];
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_find_entry(cli, is_strict ? info->link_kind : NULL, value, &other, err));
    rebound_id_text(rebound_entry_id(other), hex);
    TRY(rebound_edit_set(edit, info->name, hex, strlen(hex), err));
out:
    rebound_entry_free(other);
    return rc;
}

rb_result
rb_form_set(struct rb_cli *cli, struct rebound_edit *edit, const struct rebound_kind_info *kind,
            const char *field, const char *value, struct rebound_error *err)
{
    const struct rebound_field_info *info = rb_form_field(kind, field);

    if (info == NULL)
        return rb_cli_fail(err, REBOUND_MISUSE, "A %s has no field \"%.40s\".",
                           rebound_text(kind->label), field);
    if (info->type == REBOUND_FIELD_SET)
        return rebound_edit_add(edit, field, value, err);
    if (value[0] != '\0' && info->type == REBOUND_FIELD_TIME)
        return set_time(cli, edit, kind, info, value, err);
    if (value[0] != '\0' && info->type == REBOUND_FIELD_LINK)
        return set_link(cli, edit, info, value, err);
    return rebound_edit_set(edit, field, value, strlen(value), err);
}

/* A long text may come from standard input: "-". */
static rb_result
set_option(struct rb_cli *cli, struct rebound_edit *edit, const struct rebound_kind_info *kind,
           const struct rebound_field_info *info, const char *value, struct rebound_error *err)
{
    char *text = NULL;
    size_t len = 0;
    enum rebound_code rc = REBOUND_OK;

    if (info->type != REBOUND_FIELD_TEXT || strcmp(value, "-") != 0)
        return rb_form_set(cli, edit, kind, info->name, value, err);
    TRY(read_input(&text, &len, err));
    TRY(rebound_edit_set(edit, info->name, text, len, err));
out:
    rb_form_text_free(text);
    return rc;
}

rb_result
rb_form_options(struct rb_cli *cli, struct rebound_edit *edit, const struct rebound_kind_info *kind,
                struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < cli->options.n_given; i++) {
        const char *name = cli->options.given[i].opt->name, *value = cli->options.given[i].value;
        const struct rebound_field_info *info = rb_kind_option_field(kind, name);
        if (strcmp(name, "untag") == 0)
            TRY(rebound_edit_remove(edit, "tags", value, err));
        else if (value != NULL && info != NULL)
            TRY(set_option(cli, edit, kind, info, value, err));
    }
out:
    return rc;
}

/* --- texts --- */

rb_result
rb_form_words(const char *const *words, size_t n, char **out, size_t *len_out,
              struct rebound_error *err)
{
    size_t size = 1, at = 0;
    char *text;

    if (n == 1 && strcmp(words[0], "-") == 0)
        return read_input(out, len_out, err);
    for (size_t i = 0; i < n; i++)
        size += strlen(words[i]) + 1;
    text = malloc(size);
    if (text == NULL)
        return rb_cli_no_memory(err);
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%s", i == 0 ? "" : " ", words[i]);
    text[at] = '\0';
    *out = text;
    *len_out = at;
    return REBOUND_OK;
}

void
rb_form_text_free(char *text)
{
    if (text != NULL)
        rebound_wipe(text, strlen(text));
    free(text);
}

/* --- the editor --- */

static const char *
value_of(const struct rebound_entry *e, const char *name)
{
    const char *value = e == NULL ? NULL : rebound_entry_get(e, name, NULL);

    return value == NULL ? "" : value;
}

static bool
has_title_line(const struct rebound_kind_info *kind)
{
    return strcmp(kind->title_field, "text") != 0;
}

static rb_result
initial_text(const struct rebound_kind_info *kind, const struct rebound_entry *now, char **out,
             struct rebound_error *err)
{
    const char *title = value_of(now, kind->title_field), *text = value_of(now, "text");
    size_t size = strlen(title) + strlen(text) + 4;
    char *whole = malloc(size);

    if (whole == NULL)
        return rb_cli_no_memory(err);
    if (!has_title_line(kind))
        (void)snprintf(whole, size, "%s%s", text, text[0] == '\0' ? "" : "\n");
    else
        (void)snprintf(whole, size, "%s\n%s%s", title, text[0] == '\0' ? "" : "\n", text);
    *out = whole;
    return REBOUND_OK;
}

static rb_result
set_from_text(const struct rebound_kind_info *kind, const char *text, size_t len,
              struct rebound_edit *edit, struct rebound_error *err)
{
    struct rb_draft_parts parts = {.text = text, .text_len = len};
    enum rebound_code rc = REBOUND_OK;

    if (has_title_line(kind)) {
        rb_draft_split(text, len, &parts);
        TRY(rebound_edit_set(edit, kind->title_field, parts.title, parts.title_len, err));
    }
    TRY(rebound_edit_set(edit, "text", parts.text, parts.text_len, err));
out:
    return rc;
}

/* A draft that an earlier run left is offered before a new one is made. */
static rb_result
find_or_open(struct rb_cli *cli, const char *of, const char *initial, struct rb_draft **out,
             struct rebound_error *err)
{
    struct rb_draft *left = NULL;
    bool take = true, on_disk = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_draft_find(of, &left, err));
    if (left != NULL)
        TRY(rb_ask_confirm(&cli->options, "A draft of this was left behind. Go on with it?", true,
                           &take, err));
    if (left != NULL && take) {
        *out = left;
        return REBOUND_OK;
    }
    rb_draft_remove(left);
    left = NULL;
    TRY(rb_draft_open(of, initial, strlen(initial), out, &on_disk, err));
    if (on_disk)
        rb_out_aside(
            &cli->out,
            "There is no memory-backed folder here: the text lies on disk while you edit it.");
out:
    rb_draft_close(left);
    return rc;
}

rb_result
rb_form_editor(struct rb_cli *cli, const char *of, const struct rebound_kind_info *kind,
               const struct rebound_entry *now, struct rebound_edit *edit, bool *changed_out,
               struct rb_draft **draft_out, struct rebound_error *err)
{
    struct rb_draft *draft = NULL;
    char *initial = NULL, *text = NULL;
    size_t len = 0, initial_len;
    enum rebound_code rc = REBOUND_OK;

    TRY(initial_text(kind, now, &initial, err));
    TRY(find_or_open(cli, of, initial, &draft, err));
    TRY(rb_draft_run_editor(draft, err));
    TRY(rb_draft_read(draft, &text, &len, err));
    initial_len = strlen(initial);
    while (initial_len > 0 && initial[initial_len - 1] == '\n')
        initial_len--;
    *changed_out = len > 0 && (len != initial_len || memcmp(text, initial, len) != 0);
    if (*changed_out)
        TRY(set_from_text(kind, text, len, edit, err));
    *draft_out = draft;
    draft = NULL; /* now owned by the caller */
out:
    rb_draft_close(draft);
    rb_form_text_free(initial);
    if (text != NULL)
        rebound_wipe(text, len); /* which a NUL may stand in */
    free(text);
    return rc;
}
