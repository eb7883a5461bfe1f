#include "cli/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/kind_options.h"
#include "cli/term.h"

#define TOLD_MAX 1000
#define TOKENS_MAX 16

/* --- candidates --- */

static bool
was_told(const struct rb_complete *c, const char *word)
{
    for (size_t i = 0; i < c->n_told; i++) {
        if (strcmp(c->told[i], word) == 0)
            return true;
    }
    return false;
}

/* A word that a shell could not hand back as it is. */
static bool
is_odd(const char *word)
{
    for (; *word != '\0'; word++) {
        if ((unsigned char)*word < 0x20 || *word == 0x7f)
            return true;
    }
    return false;
}

static bool
remember(struct rb_complete *c, const char *word)
{
    if (c->told == NULL)
        c->told = calloc(TOLD_MAX, sizeof *c->told);
    if (c->told == NULL || c->n_told == TOLD_MAX)
        return false;
    c->told[c->n_told] = strdup(word);
    return c->told[c->n_told] != NULL && ++c->n_told > 0;
}

void
rb_complete_put(struct rb_complete *c, const char *word, const char *what)
{
    FILE *file = c->cli->out.file;

    if (word[0] == '\0' || strncasecmp(word, c->typed, strlen(c->typed)) != 0 || is_odd(word) ||
        was_told(c, word) || !remember(c, word))
        return;
    (void)fprintf(file, "%.*s", (int)c->before_len, c->before);
    rb_term_put_line(file, word);
    (void)fputc('\t', file);
    rb_term_put_line(file, what != NULL ? what : "");
    (void)fputc('\n', file);
}

bool
rb_complete_journal(struct rb_complete *c)
{
    struct rb_cli *cli = c->cli;

    if (!c->looked && rb_cli_open(cli, NULL) == REBOUND_OK)
        (void)rebound_unlock_kept(cli->vault, NULL);
    c->looked = true;
    return cli->vault != NULL && rebound_is_unlocked(cli->vault);
}

/* --- the forms of a command's usage --- */

struct token {
    const char *text;
    size_t len;
    bool optional, repeats, literal;
};
struct form {
    struct token tokens[TOKENS_MAX];
    size_t n;
};

static bool
ends_with_dots(const char *text, size_t len)
{
    static const char dots[] = "…";

    return len >= sizeof dots - 1 &&
           memcmp(text + len - (sizeof dots - 1), dots, sizeof dots - 1) == 0;
}

/* "[ID…]", "add", "bash|zsh", "[NAME [VALUE]]" as "[NAME" and "[VALUE]]". */
static struct token
read_token(const char *text, size_t len)
{
    struct token t = {.optional = text[0] == '['};

    for (; len > 0 && text[0] == '['; len--)
        text++;
    while (len > 0 && text[len - 1] == ']')
        len--;
    if (ends_with_dots(text, len)) {
        t.repeats = true;
        len -= strlen("…");
    }
    t.text = text;
    t.len = len;
    t.literal = len > 0 && text[0] >= 'a' && text[0] <= 'z';
    return t;
}

/* The words of a form up to its options. Returns what is behind its line. */
static const char *
read_form(const char *at, struct form *out)
{
    out->n = 0;
    while (*at != '\0' && *at != '\n') {
        size_t len = strcspn(at, " \n");
        struct token t = read_token(at, len);
        if ((t.len > 0 && t.text[0] == '-') || strncmp(at, "[options]", len) == 0 ||
            out->n == TOKENS_MAX)
            break;
        if (t.len > 0)
            out->tokens[out->n++] = t;
        at += len;
        at += *at == ' ';
    }
    at += strcspn(at, "\n");
    return *at == '\n' ? at + 1 : NULL;
}

/* Each alternative of a token. */
static void
put_token(struct rb_complete *c, const struct token *t)
{
    const char *at = t->text, *end = t->text + t->len;

    while (at < end) {
        size_t len = 0;
        char word[64];
        while (at + len < end && at[len] != '|')
            len++;
        (void)snprintf(word, sizeof word, "%.*s", (int)len, at);
        if (t->literal)
            rb_complete_put(c, word, NULL);
        else
            rb_complete_placeholder(c, at, len);
        at += len + 1;
    }
}

static bool
fits(const struct token *t, const char *word)
{
    size_t len = strlen(word);

    return !t->literal || (len == t->len && memcmp(t->text, word, len) == 0);
}

/* From the token `at` on: do the words before fit, and if so, what comes next? */
static void
follow_form(struct rb_complete *c, const struct form *form, size_t at, const char *const *before,
            size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (at >= form->n || !fits(&form->tokens[at], before[i]))
            return;
        at += !form->tokens[at].repeats;
    }
    if (at < form->n)
        put_token(c, &form->tokens[at]);
}

static void
put_forms(struct rb_complete *c, const char *const *before, size_t n)
{
    struct form form;

    for (const char *at = c->command->usage; at != NULL;) {
        at = read_form(at, &form);
        follow_form(c, &form, 0, before, n);
        if (form.n > 0 && form.tokens[0].literal && form.tokens[0].optional)
            follow_form(c, &form, 1, before, n);
    }
}

/* --- the line --- */

struct line {
    const struct rb_opt *own;  /* options of the command */
    const char **args;         /* words that are no options */
    size_t n;                  /* of them */
    const struct rb_opt *open; /* an option that waits for its value */
    bool ended;                /* by -- */
    bool lost;                 /* what stands where the command would is none */
};

static void
put_options(struct rb_complete *c, const struct rb_opt *opt)
{
    for (; opt != NULL && opt->name != NULL; opt++) {
        char word[64];
        (void)snprintf(word, sizeof word, "--%s", opt->name);
        rb_complete_put(c, word, rebound_text(opt->help));
    }
}

/* False when the option is no field of the command's kind, or one without choices. */
static bool
put_choices(struct rb_complete *c, const struct rb_opt *opt)
{
    const struct rebound_kind_info *kind = NULL;
    const struct rebound_field_info *field = NULL;

    if (c->command != NULL && c->command->kind != NULL)
        kind = rebound_kind(c->command->kind);
    if (kind != NULL)
        field = rb_kind_option_field(kind, opt->name);
    if (field == NULL || field->choices == NULL)
        return false;
    for (size_t i = 0; field->choices[i] != NULL; i++)
        rb_complete_put(c, field->choices[i],
                        field->choice_labels == NULL ? NULL
                                                     : rebound_text(field->choice_labels[i]));
    return true;
}

static void
put_value(struct rb_complete *c, const struct rb_opt *opt)
{
    if (put_choices(c, opt))
        return;
    if (opt->complete != NULL)
        rb_complete_list(c, opt->complete);
    else if (opt->value != NULL)
        rb_complete_placeholder(c, opt->value, strlen(opt->value));
}

static const struct rb_opt *
option_of(const struct line *line, const char *word)
{
    const struct rb_opt *opt;

    if (word[1] == '-')
        opt = rb_opt_named(line->own, word + 2, strcspn(word + 2, "="));
    else
        opt = rb_opt_lettered(line->own, word[strlen(word) - 1]);
    return opt;
}

/* The folder of the journal as the shell would hand it over. */
static void
use_vault(struct rb_complete *c, const char *typed, char *room, size_t size)
{
    const char *home = getenv("HOME");

    if (typed[0] == '~' && typed[1] == '/' && home != NULL)
        (void)snprintf(room, size, "%s%s", home, typed + 1);
    else
        (void)snprintf(room, size, "%s", typed);
    c->cli->options.vault = room;
}

/* A word before the one that is being completed. */
static void
take_word(struct rb_complete *c, struct line *line, struct rb_kind_options *room, const char *word)
{
    if (!line->ended && strcmp(word, "--") == 0) {
        line->ended = true;
    } else if (!line->ended && word[0] == '-' && word[1] != '\0') {
        line->open = option_of(line, word);
        if (line->open != NULL && (line->open->value == NULL || strchr(word, '=') != NULL))
            line->open = NULL;
    } else if (line->lost) {
        return; /* nothing is known of it */
    } else if (c->command == NULL) {
        c->command = rb_command_find(word);
        line->own = c->command == NULL ? NULL : rb_command_options(c->command, room);
        line->lost = c->command == NULL;
    } else {
        line->args[line->n++] = word;
    }
}

static void
put_last(struct rb_complete *c, const struct line *line)
{
    const char *equals = strchr(c->typed, '=');

    if (line->open != NULL) {
        put_value(c, line->open);
    } else if (!line->ended && strncmp(c->typed, "--", 2) == 0 && equals != NULL) {
        const struct rb_opt *opt = option_of(line, c->typed);
        c->before = c->typed;
        c->before_len = (size_t)(equals + 1 - c->typed);
        c->typed = equals + 1;
        if (opt != NULL)
            put_value(c, opt);
    } else if (!line->ended && c->typed[0] == '-') {
        put_options(c, line->own);
        put_options(c, rb_opt_globals);
    } else if (c->command == NULL && !line->lost) {
        rb_complete_list(c, "<commands>");
    } else if (c->command != NULL) {
        c->last = line->n > 0 ? line->args[line->n - 1] : "";
        put_forms(c, line->args, line->n);
    }
}

void
rb_complete(struct rb_cli *cli, const char *const *words, size_t n)
{
    struct rb_complete c = {
        .cli = cli, .typed = n > 0 ? words[n - 1] : "", .before = "", .last = ""};
    struct rb_kind_options room;
    struct line line = {.args = calloc(n + 1, sizeof *line.args)};
    const char *usual = cli->options.vault;
    char vault[4096];

    for (size_t i = 0; line.args != NULL && i + 1 < n; i++) {
        if (line.open != NULL) {
            if (strcmp(line.open->name, "vault") == 0)
                use_vault(&c, words[i], vault, sizeof vault);
            line.open = NULL;
            continue;
        }
        take_word(&c, &line, &room, words[i]);
        if (strncmp(words[i], "--vault=", 8) == 0)
            use_vault(&c, words[i] + 8, vault, sizeof vault);
    }
    if (line.args != NULL)
        put_last(&c, &line);
    if (c.files || c.folders)
        (void)fprintf(cli->out.file, "%s\n", c.files ? "files" : "folders");
    for (size_t i = 0; i < c.n_told; i++)
        free(c.told[i]);
    free(c.told);
    free(line.args);
    cli->options.vault = usual;
}
