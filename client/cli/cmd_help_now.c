/* `help-now`: how to reach a person, with no vault, locked, and with no network. It never fails. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/help.h"

#define LIST_MAX (64u << 10)
#define PATH_SIZE 4096

static const struct {
    const char *code, *names; /* as people say them, in English and German */
} countries[] = {
    {"AT", "austria österreich oesterreich"},
    {"AU", "australia australien"},
    {"CH", "switzerland schweiz"},
    {"DE", "germany deutschland"},
    {"GB", "uk britain england scotland wales grossbritannien"},
    {"LI", "liechtenstein"},
    {"NZ", "newzealand neuseeland"},
    {"US", "usa america amerika"},
};

struct showing {
    struct rb_out *out;
    char country[4]; /* "": all */
    bool emergency;  /* which of the two is shown now */
    size_t n;        /* known to talk to */
    size_t shown;
};

/* --- where one is --- */

static bool
is_among(const char *names, const char *typed)
{
    size_t len = strlen(typed);

    for (; *names != '\0'; names += strcspn(names, " "), names += *names == ' ') {
        if (strcspn(names, " ") == len && strncasecmp(names, typed, len) == 0)
            return true;
    }
    return false;
}

static void
find_country(const char *typed, char out[4])
{
    for (size_t i = 0; i < sizeof countries / sizeof countries[0]; i++) {
        if (strcasecmp(countries[i].code, typed) == 0 || is_among(countries[i].names, typed))
            (void)snprintf(out, 4, "%s", countries[i].code);
    }
    if (out[0] == '\0' && strlen(typed) == 2)
        (void)snprintf(out, 4, "%c%c", typed[0] & ~0x20, typed[1] & ~0x20);
}

/* "de_AT.UTF-8" is Austria. */
static void
country_of_locale(char out[4])
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG", "LC_ADDRESS"};

    for (size_t i = 0; i < sizeof variables / sizeof variables[0] && out[0] == '\0'; i++) {
        const char *value = getenv(variables[i]);
        const char *bar = value == NULL ? NULL : strchr(value, '_');
        if (bar != NULL && strcspn(bar + 1, ".@") == 2)
            (void)snprintf(out, 4, "%.2s", bar + 1);
    }
}

/* --- the list --- */

/* A list of one's own, or of the group: NULL when there is none. */
static char *
own_list(size_t *len_out)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char path[PATH_SIZE] = "", *text = NULL;
    struct stat st;
    FILE *file;
    int fd;

    if (config != NULL && config[0] == '/')
        (void)snprintf(path, sizeof path, "%s/rebound/help-now.txt", config);
    else if (home != NULL && home[0] == '/')
        (void)snprintf(path, sizeof path, "%s/.config/rebound/help-now.txt", home);
    /* What is no file is not waited for. */
    fd = path[0] == '\0' ? -1 : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? fdopen(fd, "rb") : NULL;
    if (file != NULL)
        text = malloc(LIST_MAX);
    if (text != NULL)
        *len_out = fread(text, 1, LIST_MAX, file);
    if (file != NULL)
        (void)fclose(file);
    else
        (void)close(fd);
    return text;
}

static const char *
said(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

static void
show(void *ctx, const struct rebound_help *help)
{
    struct showing *s = ctx;
    bool everywhere = strcmp(help->country, "*") == 0;

    if (help->emergency != s->emergency ||
        (s->country[0] != '\0' && !everywhere && strcmp(help->country, s->country) != 0))
        return;
    s->shown++;
    rb_json_object(s->out, NULL);
    rb_json_text(s->out, "country", help->country);
    rb_json_bool(s->out, "emergency", help->emergency);
    rb_json_text(s->out, "name", help->name);
    rb_json_text(s->out, "reach", help->reach);
    rb_json_text(s->out, "hours", said(help->hours));
    rb_json_text(s->out, "source", said(help->source));
    rb_json_text(s->out, "date", said(help->date));
    rb_json_end(s->out);
    rb_out_printf(s->out, "  %s%s%s\n", s->country[0] == '\0' && !everywhere ? help->country : "",
                  s->country[0] == '\0' && !everywhere ? "  " : "", rebound_text(help->name));
    rb_out_style(s->out, RB_STYLE_BOLD);
    rb_out_printf(s->out, "    %s", rebound_text(help->reach));
    rb_out_style(s->out, RB_STYLE_NONE);
    rb_out_printf(s->out, "%s%s\n", help->hours[0] == '\0' ? "" : "  ", rebound_text(help->hours));
    if (help->source[0] != '\0' && !s->out->terminal)
        rb_out_printf(s->out, "    read at %s (%s)\n", help->source, help->date);
}

/* Whether anybody to talk to is known where the person is. */
static void
look(void *ctx, const struct rebound_help *help)
{
    struct showing *s = ctx;

    s->n += !help->emergency && (s->country[0] == '\0' || strcmp(help->country, "*") == 0 ||
                                 strcmp(help->country, s->country) == 0);
}

static void
welcome(struct rb_out *out, const struct showing *s)
{
    if (s->n > 0) {
        rb_out_paragraph(out, 0,
                         rebound_text("You don't have to get through this alone. A person will "
                                      "listen, now."));
        rb_out_printf(out, "\n");
        return;
    }
    rb_out_paragraph(out, 0,
                     rebound_text("You don't have to get through this alone. For where you are, no "
                                  "number was read in a source we could name; `rebound help-now "
                                  "--all` shows those that were."));
}

static void
show_list(struct rb_out *out, struct showing *s, const char *text, size_t len)
{
    struct rebound_error why = {0};
    size_t before = s->shown;
    enum rebound_code rc = rebound_help_each(text, len, show, s, &why);

    if (rc != REBOUND_OK)
        rb_out_aside(out, "Your own list of help could not be read: %s", why.sentence);
    /* A list of one's own that is broken, or has nothing for where one is, must not stand between a
     * person and help. */
    if (rc != REBOUND_OK || (text != NULL && s->shown == before))
        (void)rebound_help_each(NULL, 0, show, s, NULL);
}

static rb_result
run_help_now(struct rb_cli *cli, struct rebound_error *err)
{
    struct showing s = {.out = &cli->out};
    struct rb_out *out = &cli->out;
    size_t len = 0;
    char *text = own_list(&len);

    (void)err;
    if (cli->options.n_args > 0)
        find_country(cli->options.args[0], s.country);
    else if (!rb_opt_has(&cli->options, "all"))
        country_of_locale(s.country);
    if (rebound_help_each(text, text == NULL ? 0 : len, look, &s, NULL) != REBOUND_OK || s.n == 0)
        (void)rebound_help_each(NULL, 0, look, &s, NULL);
    welcome(out, &s);
    rb_json_list(out, "help");
    show_list(out, &s, text, text == NULL ? 0 : len);
    s.emergency = true;
    rb_out_printf(out, "\nIf your life is in danger:\n");
    show_list(out, &s, text, text == NULL ? 0 : len);
    rb_json_end(out);
    rb_out_printf(out, "\nIf you can, tell someone near you, or go to where people are.\n");
    free(text);
    return REBOUND_OK;
}

void
rb_help_after(struct rb_cli *cli, const struct rebound_id *id)
{
    bool needs = false;

    if (!cli->out.aside_is_terminal || cli->out.json ||
        rebound_entry_needs_help(cli->vault, id, &needs, NULL) != REBOUND_OK || !needs)
        return;
    rb_out_flush(&cli->out);
    rb_out_aside(
        &cli->out,
        "That sounds very heavy. You don't have to carry it alone: `rebound help-now` shows how to "
        "reach a person, right now. (Nobody else sees this line. `rebound settings help-now off` "
        "turns it off.)");
}

static const struct rb_opt options[] = {{"all", 'a', NULL, "every country in the list", NULL},
                                        {NULL, 0, NULL, NULL, NULL}};

const struct rb_command rb_cmd_help_now = {
    .name = "help-now",
    .group = RB_GROUP_SETBACK,
    .line = "a person to talk to, now",
    .usage = "[COUNTRY] [--all]",
    .options = options,
    .help = "Works with no journal, locked, and with no network. The country is that of your "
            "locale, unless you "
            "name one. Only numbers are shown that were read in a source; with a pipe each is "
            "shown with it.\n\n"
            "A list of your own, or of your group, takes its place: rebound/help-now.txt in "
            "$XDG_CONFIG_HOME "
            "(~/.config), a line each: COUNTRY | talk | NAME | HOW TO REACH THEM | WHEN; or "
            "emergency instead of "
            "talk. What it has nothing for comes from the list here.\n\n"
            "After you save an entry with a phrase that suggests danger to life, one line points "
            "here, on this "
            "device and your terminal alone. `rebound settings help-now off` turns that off.",
    .examples = "rebound help-now\nrebound help-now austria\nrebound help-now --all",
    .answers = "help-now",
    .args_max = 1,
    .pages = true,
    .run = run_help_now,
};
