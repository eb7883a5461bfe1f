#include "cli/filters.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/person.h"
#include "cli/say.h"
#include "cli/typed.h"
#include "cli/when.h"

#define LIMIT 20

/* The name of a kind, or its plural, as people type it. */
static rb_result
read_kind(const char *typed, const char **out, struct rebound_error *err)
{
    struct rb_opt_nearest near = {.typed = typed};
    char kinds[RB_KIND_WORDS];

    for (size_t i = 0; i < rebound_kind_count(); i++) {
        const struct rebound_kind_info *kind = rebound_kind_at(i);
        if (strcmp(kind->name, typed) == 0 || strcmp(kind->plural, typed) == 0) {
            *out = kind->name;
            return REBOUND_OK;
        }
        if (kind->listed)
            rb_opt_offer(&near, kind->name);
    }
    if (near.best != NULL)
        return rb_cli_fail(err, REBOUND_MISUSE, "There is no kind \"%.40s\". Did you mean %s?",
                           typed, near.best);
    (void)rb_kind_words(", ", kinds, sizeof kinds);
    return rb_cli_fail(err, REBOUND_MISUSE, "There is no kind \"%.40s\". There are: %s.", typed,
                       kinds);
}

/* --- what is referred to --- */

static rb_result
read_setback(struct rb_cli *cli, const char *typed, struct rebound_id *out,
             struct rebound_error *err)
{
    struct rebound_entry *e = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_resolve(cli->vault, typed, out, err));
    TRY(rebound_get(cli->vault, out, &e, err));
    if (strcmp(rebound_entry_kind(e), "setback") != 0)
        TRY(rb_cli_fail(
            err, REBOUND_MISUSE,
            "\"%.40s\" is no setback. `rebound setback list` shows yours; --about takes "
            "any entry.",
            typed));
out:
    rebound_entry_free(e);
    return rc;
}

static rb_result
read_about(struct rb_cli *cli, const char *typed, struct rebound_id *out, struct rebound_error *err)
{
    return rebound_resolve(cli->vault, typed, out, err);
}

typedef enum rebound_code read_id(struct rb_cli *cli, const char *typed, struct rebound_id *out,
                                  struct rebound_error *err);

/* Every value of an option that names entries. */
static rb_result
read_ids(struct rb_cli *cli, const char *option, read_id *read, struct rb_filter_ids *out,
         struct rebound_error *err)
{
    const char *typed;
    enum rebound_code rc = REBOUND_OK;

    while ((typed = rb_opt_value_at(&cli->options, option, out->n)) != NULL) {
        if (out->n == RB_FILTERS_MAX)
            TRY(rb_cli_fail(err, REBOUND_TOO_LARGE,
                            "That is more people or entries than can be "
                            "looked for at once."));
        TRY(read(cli, typed, &out->ids[out->n], err));
        out->typed[out->n++] = typed;
    }
out:
    return rc;
}

/* A person may be called in a text as they were called here; "@1" is no name. */
static void
take_names(struct rb_filter_ids *people)
{
    for (size_t i = 0; i < people->n; i++) {
        if (people->typed[i][0] == '@')
            people->typed[i] = NULL;
    }
}

static rb_result
read_links(struct rb_cli *cli, struct rebound_query *query, struct rb_filters *room,
           struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(read_ids(cli, "about", read_about, &room->about, err));
    TRY(read_ids(cli, "setback", read_setback, &room->setbacks, err));
    TRY(read_ids(cli, "person", rb_find_person, &room->people, err));
    take_names(&room->people);
    query->link = room->about.n > 0 ? &room->about.ids[0] : NULL;
    query->more_links = &room->about.ids[1];
    query->more_link_count = room->about.n > 0 ? room->about.n - 1 : 0;
    query->stories = room->setbacks.ids;
    query->story_count = room->setbacks.n;
    query->people = room->people.ids;
    query->people_said = room->people.typed;
    query->people_count = room->people.n;
out:
    return rc;
}

static rb_result
read_tags(const struct rb_options *o, struct rebound_query *query, struct rb_filters *room,
          struct rebound_error *err)
{
    const char *tag;

    for (size_t i = 0; (tag = rb_opt_value_at(o, "tag", i)) != NULL; i++) {
        if (room->n_tags == RB_FILTERS_MAX)
            return rb_cli_fail(err, REBOUND_TOO_LARGE,
                               "That is more tags than can be looked for at once.");
        room->tags[room->n_tags++] = tag;
    }
    query->tag = room->n_tags > 0 ? room->tags[0] : NULL;
    query->more_tags = &room->tags[1];
    query->more_tag_count = room->n_tags > 0 ? room->n_tags - 1 : 0;
    return REBOUND_OK;
}

/* --- times --- */

/* One day here, from its first moment to that of the next; days need not have 24 hours. */
static rb_result
read_day(struct rb_cli *cli, const char *typed, struct rebound_query *query,
         struct rebound_error *err)
{
    struct rebound_date date;
    struct tm day = {0};
    char text[32];
    time_t noon;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_typed_time(cli, typed, REBOUND_DATE_PAST, &date, err));
    (void)snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
    TRY(rebound_date_parse(text, rb_when_now(), REBOUND_DATE_PAST, &date, err));
    query->since_ms = date.ms;
    day = (struct tm){.tm_year = date.year - 1900, .tm_mon = date.month - 1, .tm_mday = date.day};
    noon = timegm(&day) + 86400;
    if (gmtime_r(&noon, &day) == NULL || strftime(text, sizeof text, "%Y-%m-%d", &day) == 0)
        TRY(rb_cli_fail(err, REBOUND_BAD_FORMAT, "There is no day after that one."));
    TRY(rebound_date_parse(text, rb_when_now(), REBOUND_DATE_PAST, &date, err));
    query->until_ms = date.ms;
out:
    return rc;
}

static rb_result
read_times(struct rb_cli *cli, struct rebound_query *query, struct rebound_error *err)
{
    const char *on = rb_opt_value(&cli->options, "on");
    bool range = rb_opt_has(&cli->options, "since") || rb_opt_has(&cli->options, "until");
    enum rebound_code rc = REBOUND_OK;

    if (on != NULL && range)
        TRY(rb_cli_fail(
            err, REBOUND_MISUSE,
            "--on is one day; --since and --until are for more. Use one or the other."));
    if (on != NULL)
        return read_day(cli, on, query, err);
    TRY(rb_typed_range(cli, "since", &query->since_ms, err));
    TRY(rb_typed_range(cli, "until", &query->until_ms, err));
out:
    return rc;
}

rb_result
rb_filters_read(struct rb_cli *cli, struct rebound_query *query, struct rb_filters *room,
                struct rebound_error *err)
{
    const struct rb_options *o = &cli->options;
    const char *kind = rb_opt_value(o, "kind");
    uint64_t limit = LIMIT;
    enum rebound_code rc = REBOUND_OK;

    *room = (struct rb_filters){0};
    if (kind != NULL)
        TRY(read_kind(kind, &query->kind, err));
    TRY(read_links(cli, query, room, err));
    TRY(read_tags(o, query, room, err));
    TRY(read_times(cli, query, err));
    TRY(rb_opt_number(o, "limit", 1, 1000000, &limit, err));
    query->limit = rb_opt_has(o, "all") ? 0 : (uint32_t)limit;
out:
    return rc;
}

const char *
rb_filters_nothing(const struct rebound_query *query, const char *nothing)
{
    bool narrowed = query->kind != NULL || query->tag != NULL || query->link != NULL ||
                    query->people_count > 0 || query->story_count > 0 || query->since_ms != 0 ||
                    query->until_ms != 0;

    return narrowed ? RB_TEXT("Nothing fits all of that. With fewer filters more does.") : nothing;
}
