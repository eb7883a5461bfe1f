#include "cli/near.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 1000
#define TYPED_MAX 200

struct telling {
    struct rb_out *out;
    char typed[TYPED_MAX]; /* that the line is of; "": there is none yet */
    char line[LINE_MAX_BYTES];
    bool told;
};

static void
end_line(struct telling *t)
{
    if (t->typed[0] != '\0')
        rb_out_note(t->out, "Nothing in your journal says \"%s\". Near it: %s.\n", t->typed,
                    t->line);
    t->typed[0] = '\0';
}

static void
add_to_line(void *ctx, const char *typed, const char *word, uint64_t entries)
{
    struct telling *t = ctx;
    size_t len;

    if (strncmp(t->typed, typed, sizeof t->typed - 1) != 0) {
        end_line(t);
        (void)snprintf(t->typed, sizeof t->typed, "%s", typed);
        t->line[0] = '\0';
    }
    len = strlen(t->line);
    (void)snprintf(t->line + len, sizeof t->line - len, "%s%s (%llu)", len > 0 ? ", " : "", word,
                   (unsigned long long)entries);
    t->told = true;
}

static void
add_to_json(void *ctx, const char *typed, const char *word, uint64_t entries)
{
    struct telling *t = ctx;

    rb_json_object(t->out, NULL);
    rb_json_text(t->out, "typed", typed);
    rb_json_text(t->out, "word", word);
    rb_json_number(t->out, "entries", (int64_t)entries);
    rb_json_end(t->out);
    t->told = true;
}

rb_result
rb_near_tell(struct rb_cli *cli, const struct rebound_query *query, uint64_t total, bool *told_out,
             struct rebound_error *err)
{
    struct telling t = {.out = &cli->out};
    bool json = cli->out.json;
    enum rebound_code rc = REBOUND_OK;

    if (json)
        rb_json_list(&cli->out, "near");
    if (total == 0)
        TRY(rebound_near_each(cli->vault, query, json ? add_to_json : add_to_line, &t, err));
    if (json)
        rb_json_end(&cli->out);
    end_line(&t);
    *told_out = t.told;
out:
    return rc;
}
