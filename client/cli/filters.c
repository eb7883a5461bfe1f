#include "cli/filters.h"

#include <string.h>

#include "cli/typed.h"

#define LIMIT 20

/* The name of a kind, or its plural, as people type it. */
static rb_result
read_kind(const char *typed, const char **out, struct rebound_error *err)
{
    struct rb_opt_nearest near = {.typed = typed};

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
    return rb_cli_fail(
        err, REBOUND_MISUSE,
        "There is no kind \"%.40s\". There are note, setback, feel, plan, step, contact and win.",
        typed);
}

rb_result
rb_filters_read(struct rb_cli *cli, struct rebound_query *query, struct rebound_id *link,
                struct rebound_error *err)
{
    const struct rb_options *o = &cli->options;
    const char *kind = rb_opt_value(o, "kind"), *about = rb_opt_value(o, "about");
    uint64_t limit = LIMIT;
    enum rebound_code rc = REBOUND_OK;

    if (kind != NULL)
        TRY(read_kind(kind, &query->kind, err));
    if (about != NULL) {
        TRY(rebound_resolve(cli->vault, about, link, err));
        query->link = link;
    }
    query->tag = rb_opt_value(o, "tag");
    TRY(rb_typed_range(cli, "since", &query->since_ms, err));
    TRY(rb_typed_range(cli, "until", &query->until_ms, err));
    TRY(rb_opt_number(o, "limit", 1, 1000000, &limit, err));
    query->limit = rb_opt_has(o, "all") ? 0 : (uint32_t)limit;
out:
    return rc;
}
