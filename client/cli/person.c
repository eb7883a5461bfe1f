#include "cli/person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/view.h"

#define CANDIDATES_MAX 50
#define NAMED_MAX 4 /* in a sentence */

/* What was typed as words to search for: each may be the beginning of one. */
static rb_result
words_of(const char *typed, char **out, struct rebound_error *err)
{
    size_t size = 2 * strlen(typed) + 3, n = 0;
    char *words = malloc(size);

    if (words == NULL)
        return rb_cli_no_memory(err);
    for (const char *at = typed; *at != '\0'; at++) {
        bool ends = *at == ' ' && n > 0 && words[n - 1] != ' ' && words[n - 1] != '*';
        if (*at == '"' || *at == '*')
            continue;
        if (ends)
            words[n++] = '*';
        words[n++] = *at;
    }
    if (n > 0 && words[n - 1] != ' ')
        words[n++] = '*';
    words[n] = '\0';
    *out = words;
    return REBOUND_OK;
}

static bool
is_named(const struct rebound_entry *e, const char *typed)
{
    const char *name = rebound_entry_get(e, "name", NULL);

    return name != NULL && strcasecmp(name, typed) == 0;
}

/* The search also finds who is spoken of in the notes on another. */
static bool
is_in_name(const struct rebound_entry *e, const char *typed)
{
    const char *name = rebound_entry_get(e, "name", NULL);
    size_t len = strlen(typed);

    for (; name != NULL && *name != '\0'; name++) {
        if (strncasecmp(name, typed, len) == 0)
            return true;
    }
    return false;
}

/* The only one for which `fits` says so; NULL: none, or more than one. */
static const struct rebound_entry *
only(const struct rebound_list *list, const char *typed,
     bool (*fits)(const struct rebound_entry *e, const char *typed))
{
    const struct rebound_entry *found = NULL;

    for (size_t i = 0; i < rebound_list_count(list); i++) {
        if (!fits(rebound_list_at(list, i), typed))
            continue;
        if (found != NULL)
            return NULL;
        found = rebound_list_at(list, i);
    }
    return found;
}

static rb_result
say_candidates(const struct rebound_list *list, const char *typed, struct rebound_error *err)
{
    char names[300] = "";
    size_t at = 0, n = rebound_list_count(list);

    for (size_t i = 0; i < n && i < NAMED_MAX && at < sizeof names; i++) {
        const struct rebound_entry *e = rebound_list_at(list, i);
        const char *name = rebound_entry_get(e, "name", NULL);
        char id[RB_VIEW_ID];
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%.40s (%s)", i > 0 ? ", " : "",
                               name == NULL ? "?" : name, rb_view_id(rebound_entry_id(e), id));
    }
    return rb_cli_fail(err, REBOUND_AMBIGUOUS, "More than one contact fits \"%.60s\": %s.", typed,
                       names);
}

static rb_result
choose(const struct rebound_list *list, const char *typed, struct rebound_id *out,
       struct rebound_error *err)
{
    const struct rebound_entry *found = only(list, typed, is_named);
    size_t n = rebound_list_count(list);

    if (found == NULL)
        found = only(list, typed, is_in_name);
    if (found == NULL && n == 1)
        found = rebound_list_at(list, 0);
    if (found == NULL && n > 1)
        return say_candidates(list, typed, err);
    if (found == NULL)
        return rb_cli_fail(err, REBOUND_NOT_FOUND,
                           "There is no contact \"%.60s\". `rebound contact list` shows yours; "
                           "`rebound contact add` adds one.",
                           typed);
    *out = *rebound_entry_id(found);
    return REBOUND_OK;
}

/* The contacts that what was typed may be meant for. *out owned: rebound_list_free. */
static rb_result
find_all(struct rb_cli *cli, const char *typed, struct rebound_list **out,
         struct rebound_error *err)
{
    struct rebound_query query = {.size = sizeof query, .kind = "contact", .limit = CANDIDATES_MAX};
    char *words = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(words_of(typed, &words, err));
    query.words = words;
    TRY(rebound_list_open(cli->vault, &query, out, err));
out:
    free(words);
    return rc;
}

rb_result
rb_find_person(struct rb_cli *cli, const char *typed, struct rebound_id *out,
               struct rebound_error *err)
{
    struct rebound_list *list = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (typed[0] == '@' || rebound_resolve(cli->vault, typed, out, NULL) == REBOUND_OK)
        return rebound_resolve(cli->vault, typed, out, err);
    TRY(find_all(cli, typed, &list, err));
    TRY(choose(list, typed, out, err));
out:
    rebound_list_free(list);
    return rc;
}

rb_result
rb_person_named(struct rb_cli *cli, const char *name, struct rebound_id *out, bool *found_out,
                struct rebound_error *err)
{
    const struct rebound_entry *found = NULL;
    struct rebound_list *list = NULL;
    enum rebound_code rc = find_all(cli, name, &list, err);

    if (rc != REBOUND_OK && rc != REBOUND_EMPTY && rc != REBOUND_MISUSE)
        return rc; /* those two: no word in it to look for */
    if (list != NULL)
        found = only(list, name, is_named);
    if (found != NULL)
        *out = *rebound_entry_id(found);
    *found_out = found != NULL;
    rebound_list_free(list);
    return REBOUND_OK;
}
