/* RedNotebook: a folder with a file for each month, "2026-11.txt": YAML, from the day to what was
 * written on it and under which categories. Each day becomes a note.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/import.h"
#include "port/yaml.h"

struct day {
    size_t month; /* index */
    size_t at;    /* in its map */
};
struct month {
    struct rb_slice name; /* "2026-11" */
    struct rb_slice text; /* borrowed from the source */
};
struct notebook {
    struct month *months;
    size_t n_months;
    const struct rb_yaml *loaded; /* of one month at a time; owned. NULL: of none */
    size_t loaded_month;
    struct day *days;
    size_t n, room;
};

/* "…/2026-11.txt": its month. */
static bool
month_of(struct rb_slice name, struct rb_slice *out)
{
    struct rb_slice month;

    if (!rb_port_ends_with(name, ".txt") || name.len < 11)
        return false;
    month = rb_slice_of(name.ptr + name.len - 11, 7);
    if (name.len > 11 && month.ptr[-1] != '/')
        return false;
    for (size_t i = 0; i < 7; i++) {
        if (i == 4 ? month.ptr[i] != '-' : month.ptr[i] < '0' || month.ptr[i] > '9')
            return false;
    }
    *out = month;
    return true;
}

static bool
is_it(const struct rb_port_source *source)
{
    struct rb_slice month;
    size_t n = 0;

    for (size_t i = 0; i < source->n; i++)
        n += month_of(source->files[i].name, &month);
    return n > 0 && (source->is_folder || source->n == 1);
}

static void
close_notebook(void *state)
{
    struct notebook *nb = state;

    rb_yaml_free(nb->loaded);
    free(nb->months);
    free(nb->days);
    free(nb);
}

/* In memory a month takes many times what its text does. */
static rb_result
load(struct notebook *nb, size_t month, struct rebound_error *err)
{
    struct rebound_error why = {0};
    enum rebound_code rc;

    if (nb->loaded != NULL && nb->loaded_month == month)
        return REBOUND_OK;
    rb_yaml_free(nb->loaded);
    nb->loaded = NULL;
    nb->loaded_month = month;
    rc = rb_yaml_read(nb->months[month].text, &nb->loaded, &why);
    if (rc == REBOUND_OK || rc == REBOUND_EMPTY)
        return rc;
    return rb_fail(err, rc, "The month %.7s can't be read: %.300s Nothing was imported.",
                   (const char *)nb->months[month].name.ptr, why.sentence);
}

static rb_result
add_days(struct notebook *nb, struct rebound_error *err)
{
    const struct rb_yaml *month = nb->loaded;

    for (size_t i = 0; month->type == RB_YAML_MAP && i < month->n; i++) {
        if (nb->n == nb->room) {
            size_t room = nb->room == 0 ? 64 : 2 * nb->room;
            struct day *grown = realloc(nb->days, room * sizeof *grown);
            if (grown == NULL)
                return rb_no_memory(err);
            nb->days = grown;
            nb->room = room;
        }
        nb->days[nb->n++] = (struct day){nb->n_months - 1, i};
    }
    return REBOUND_OK;
}

static rb_result
add_month(struct notebook *nb, const struct rb_port_file *file, struct rb_slice name,
          struct rebound_error *err)
{
    enum rebound_code rc;

    nb->months[nb->n_months++] = (struct month){name, file->bytes};
    rc = load(nb, nb->n_months - 1, err);
    if (rc == REBOUND_EMPTY)
        return REBOUND_OK;
    return rc == REBOUND_OK ? add_days(nb, err) : rc;
}

static rb_result
open_notebook(const struct rb_port_source *source, void **state_out, uint64_t *n_out,
              struct rebound_error *err)
{
    struct notebook *nb = calloc(1, sizeof *nb);
    enum rebound_code rc = REBOUND_OK;

    if (nb == NULL)
        return rb_no_memory(err);
    nb->months = calloc(source->n + 1, sizeof *nb->months);
    if (nb->months == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < source->n; i++) {
        struct rb_slice month;
        if (month_of(source->files[i].name, &month))
            TRY(add_month(nb, &source->files[i], month, err));
    }
    *state_out = nb;
    *n_out = nb->n;
    nb = NULL; /* now owned by the caller */
out:
    if (nb != NULL)
        close_notebook(nb);
    return rc;
}

/* "#word" and categories are tags; what stands under a category goes behind the text. */
static rb_result
put_categories(struct rb_buf *text, const struct rb_yaml *day, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; day->type == RB_YAML_MAP && i < day->n; i++) {
        const struct rb_yaml *items = day->items[i];
        if (rb_slice_equal(day->keys[i], rb_slice_text("text")) ||
            rb_slice_equal(day->keys[i], rb_slice_text("Tags")) || items->type != RB_YAML_MAP)
            continue;
        TRY(rb_buf_append(text, "\n\n", 2, err));
        TRY(rb_buf_append_slice(text, day->keys[i], err));
        TRY(rb_buf_put_u8(text, ':', err));
        for (size_t k = 0; k < items->n; k++) {
            TRY(rb_buf_append(text, "\n- ", 3, err));
            TRY(rb_buf_append_slice(text, items->keys[k], err));
        }
    }
out:
    return rc;
}

static rb_result
put_tags(struct rb_port_draft *draft, const struct rb_yaml *day, struct rebound_error *err)
{
    const struct rb_yaml *tags = rb_yaml_get(day, "Tags");
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; tags != NULL && tags->type == RB_YAML_MAP && i < tags->n; i++)
        TRY(rb_port_draft_put(draft, rb_slice_text("tags"), tags->keys[i], err));
    for (size_t i = 0; day->type == RB_YAML_MAP && i < day->n; i++) {
        if (day->items[i]->type == RB_YAML_MAP &&
            !rb_slice_equal(day->keys[i], rb_slice_text("Tags")))
            TRY(rb_port_draft_put(draft, rb_slice_text("tags"), day->keys[i], err));
    }
out:
    return rc;
}

static rb_result
entry(void *state, uint64_t i, const struct rb_import_target *target, struct rebound_error *err)
{
    struct notebook *nb = state;
    const struct day *d = &nb->days[i];
    const struct rb_yaml *month, *day;
    struct rb_port_draft draft = {0};
    struct rb_buf text = {0};
    char date[16], at[32];
    enum rebound_code rc = REBOUND_OK;

    TRY(load(nb, d->month, err));
    month = nb->loaded;
    day = month->items[d->at];
    (void)snprintf(date, sizeof date, "%.7s-%s%.2s", (const char *)nb->months[d->month].name.ptr,
                   month->keys[d->at].len == 1 ? "0" : "", (const char *)month->keys[d->at].ptr);
    if (month->keys[d->at].len > 2 ||
        !rb_port_local_time(rb_slice_text(date), (struct rb_slice){0}, at))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "There is no such day as %.12s.", date));
    TRY(rb_buf_append_slice(
        &text, day->type == RB_YAML_TEXT ? day->text : rb_yaml_text(day, "text"), err));
    TRY(put_categories(&text, day, err));
    TRY(rb_port_note_begin(&draft, rb_port_trimmed(rb_buf_slice(&text)), at, err));
    TRY(put_tags(&draft, day, err));
    TRY(rb_port_draft_hand_over(&draft, i + 1, NULL, target, err));
out:
    rb_port_draft_free(&draft);
    rb_buf_free(&text);
    return rc;
}

const struct rb_import_row rb_import_rednotebook = {
    .name = "rednotebook",
    .line = "a folder of RedNotebook, a file for each month",
    .is_it = is_it,
    .open = open_notebook,
    .entry = entry,
    .free = close_notebook,
};
