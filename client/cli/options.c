#include "cli/options.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 32 /* letters that a suggestion looks at */

const struct rb_opt rb_opt_globals[] = {
    {"vault", 0, "DIR", "the journal to use", "dir"},
    {"passphrase-file", 0, "FILE", "the first line of FILE is the passphrase", "file"},
    {"passphrase-command", 0, "COMMAND", "the first line that COMMAND prints is the passphrase",
     NULL},
    {"passphrase-fd", 0, "FD", "the passphrase is read from this open descriptor", NULL},
    {"json", 0, NULL, "answer in JSON (`rebound help json`)", NULL},
    {"no-input", 0, NULL, "ask nothing", NULL},
    {"quiet", 'q', NULL, "say only what was asked for", NULL},
    {"plain", 0, NULL, "no colour, nothing cut or wrapped, columns set apart by tabs", NULL},
    {"no-pager", 0, NULL, "long answers go straight to the terminal", NULL},
    {"yes", 'y', NULL, "answer yes to what would be asked", NULL},
    {"offline", 0, NULL, "leave the network alone", NULL},
    {"help", 'h', NULL, "help on the command", NULL},
    {"version", 0, NULL, "print the version", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

rb_result
rb_opt_init(struct rb_options *o, int argc, struct rebound_error *err)
{
    size_t capacity = argc > 0 ? (size_t)argc : 1;

    *o = (struct rb_options){
        .passphrase_fd = -1, .given_capacity = capacity, .args_capacity = capacity};
    o->given = calloc(capacity, sizeof o->given[0]);
    o->args = calloc(capacity, sizeof o->args[0]);
    if (o->given == NULL || o->args == NULL) {
        rb_opt_wipe(o);
        return rb_cli_no_memory(err);
    }
    return REBOUND_OK;
}

void
rb_opt_wipe(struct rb_options *o)
{
    free(o->given);
    free(o->args);
    o->given = NULL;
    o->args = NULL;
}

static const char *
variable(char *(*get)(const char *), const char *name)
{
    const char *value = get(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

void
rb_opt_read_environment(struct rb_options *o, char *(*get)(const char *))
{
    const char *offline = variable(get, "REBOUND_OFFLINE");

    o->vault = variable(get, "REBOUND_VAULT");
    o->passphrase_file = variable(get, "REBOUND_PASSPHRASE_FILE");
    if (o->passphrase_file == NULL)
        o->passphrase_command = variable(get, "REBOUND_PASSPHRASE_COMMAND");
    o->offline = offline != NULL && strcmp(offline, "0") != 0;
    o->no_color = variable(get, "NO_COLOR") != NULL;
}

size_t
rb_opt_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    unsigned char d[WORD_MAX + 1][WORD_MAX + 1];

    if (n > WORD_MAX || m > WORD_MAX)
        return WORD_MAX;
    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            unsigned best;
            if (i == 0 || j == 0) {
                d[i][j] = (unsigned char)(i + j);
                continue;
            }
            best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1] ? 1u : 0u);
            best = d[i - 1][j] + 1u < best ? d[i - 1][j] + 1u : best;
            best = d[i][j - 1] + 1u < best ? d[i][j - 1] + 1u : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1u < best)
                best = d[i - 2][j - 2] + 1u;
            d[i][j] = (unsigned char)best;
        }
    }
    return d[n][m];
}

void
rb_opt_offer(struct rb_opt_nearest *n, const char *word)
{
    size_t typed = strlen(n->typed), length = strlen(word);
    size_t distance = rb_opt_distance(n->typed, word);
    /* Near: one slip in a short word, two in a longer one; or the beginning of the word. */
    size_t near = typed < 5 ? 1 : 2;

    if (typed >= 2 && typed < length && strncmp(n->typed, word, typed) == 0)
        distance = distance < near ? distance : near;
    if (distance > near || (n->best != NULL && distance >= n->distance))
        return;
    n->best = word;
    n->distance = distance;
}

const struct rb_opt *
rb_opt_named(const struct rb_opt *own, const char *name, size_t len)
{
    const struct rb_opt *tables[] = {own, rb_opt_globals};

    for (size_t t = 0; t < 2; t++) {
        for (const struct rb_opt *opt = tables[t]; opt != NULL && opt->name != NULL; opt++) {
            if (strlen(opt->name) == len && strncmp(opt->name, name, len) == 0)
                return opt;
        }
    }
    return NULL;
}

const struct rb_opt *
rb_opt_lettered(const struct rb_opt *own, char letter)
{
    const struct rb_opt *tables[] = {own, rb_opt_globals};

    for (size_t t = 0; t < 2; t++) {
        for (const struct rb_opt *opt = tables[t]; opt != NULL && opt->name != NULL; opt++) {
            if (opt->letter == letter)
                return opt;
        }
    }
    return NULL;
}

static rb_result
unknown(const struct rb_opt *own, const char *typed, struct rebound_error *err)
{
    char word[WORD_MAX + 1];
    struct rb_opt_nearest near = {.typed = word};
    const struct rb_opt *tables[2] = {own, rb_opt_globals};

    (void)snprintf(word, sizeof word, "%.*s", (int)strcspn(typed, "="), typed);
    for (size_t t = 0; t < 2; t++) {
        for (const struct rb_opt *opt = tables[t]; opt != NULL && opt->name != NULL; opt++)
            rb_opt_offer(&near, opt->name);
    }
    if (near.best != NULL)
        return rb_cli_fail(err, REBOUND_MISUSE, "There is no option --%s here. Did you mean --%s?",
                           word, near.best);
    return rb_cli_fail(err, REBOUND_MISUSE,
                       "There is no option --%s here; --help lists them. If it is meant as text, "
                       "put -- before it.",
                       word);
}

bool
rb_opt_parse_number(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t n = 0;

    if (text[0] == '\0')
        return false;
    for (; *text != '\0'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (*text < '0' || *text > '9' || n > (UINT64_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    if (n > max)
        return false;
    *out = n;
    return true;
}

static rb_result
set_fd(struct rb_options *o, const char *value, struct rebound_error *err)
{
    uint64_t fd = 0;

    if (!rb_opt_parse_number(value, 1u << 20, &fd))
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "--passphrase-fd needs the number of an open descriptor, such as 3.");
    o->passphrase_fd = (int)fd;
    return REBOUND_OK;
}

/* One source that is given on the command line puts those of the environment aside; two are a
 * mistake. */
static rb_result
set_source(struct rb_options *o, const char *name, const char *value, struct rebound_error *err)
{
    if (o->source_given)
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "Give one of --passphrase-file, --passphrase-command and "
                           "--passphrase-fd, not two.");
    o->source_given = true;
    o->passphrase_file = NULL;
    o->passphrase_command = NULL;
    if (strcmp(name, "passphrase-fd") == 0)
        return set_fd(o, value, err);
    if (strcmp(name, "passphrase-file") == 0)
        o->passphrase_file = value;
    else
        o->passphrase_command = value;
    return REBOUND_OK;
}

static bool *
flag_of(struct rb_options *o, const char *name)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"json", &o->json},         {"no-input", &o->no_input}, {"quiet", &o->quiet},
                 {"plain", &o->plain},       {"yes", &o->yes},           {"offline", &o->offline},
                 {"no-pager", &o->no_pager}, {"version", &o->version},   {"help", &o->help}};

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(flags[i].name, name) == 0)
            return flags[i].flag;
    }
    return NULL;
}

/* A run over argv. */
struct run {
    struct rb_options *o;
    const struct rb_opt *own;
    int argc, at;
    char **argv;
};

static bool
is_global(const struct rb_opt *opt)
{
    return opt >= rb_opt_globals &&
           opt < rb_opt_globals + sizeof rb_opt_globals / sizeof rb_opt_globals[0];
}

/* One word of letters may hold more options than argv has words. */
static rb_result
add_given(struct rb_options *o, const struct rb_opt *opt, const char *value,
          struct rebound_error *err)
{
    if (o->n_given == o->given_capacity) {
        struct rb_opt_given *more =
            reallocarray(o->given, 2 * o->given_capacity, sizeof o->given[0]);
        if (more == NULL)
            return rb_cli_no_memory(err);
        o->given = more;
        o->given_capacity *= 2;
    }
    o->given[o->n_given++] = (struct rb_opt_given){opt, value};
    return REBOUND_OK;
}

static rb_result
apply(struct run *r, const struct rb_opt *opt, const char *value, struct rebound_error *err)
{
    struct rb_options *o = r->o;

    if (!is_global(opt)) {
        return add_given(o, opt, value, err);
    } else if (strcmp(opt->name, "vault") == 0) {
        if (value[0] == '\0')
            return rb_cli_fail(err, REBOUND_MISUSE, "--vault needs a folder.");
        o->vault = value;
    } else if (value != NULL) {
        return set_source(o, opt->name, value, err);
    } else {
        *flag_of(o, opt->name) = true;
    }
    return REBOUND_OK;
}

static rb_result
needs_value(const struct rb_opt *opt, struct rebound_error *err)
{
    return rb_cli_fail(err, REBOUND_MISUSE, "--%s needs a value: --%s %s.", opt->name, opt->name,
                       opt->value);
}

static rb_result
take_long(struct run *r, const char *text, struct rebound_error *err)
{
    size_t len = strcspn(text, "=");
    const char *value = text[len] == '=' ? text + len + 1 : NULL;
    const struct rb_opt *opt = rb_opt_named(r->own, text, len);

    if (opt == NULL)
        return unknown(r->own, text, err);
    if (opt->value == NULL && value != NULL)
        return rb_cli_fail(err, REBOUND_MISUSE, "--%s takes no value.", opt->name);
    if (opt->value != NULL && value == NULL) {
        if (r->at + 1 >= r->argc)
            return needs_value(opt, err);
        value = r->argv[++r->at];
    }
    return apply(r, opt, value, err);
}

static rb_result
take_letters(struct run *r, const char *letters, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (; *letters != '\0'; letters++) {
        const struct rb_opt *opt = rb_opt_lettered(r->own, *letters);
        if (opt == NULL)
            return rb_cli_fail(err, REBOUND_MISUSE,
                               "There is no option -%c here; --help lists them. If it is meant as "
                               "text, put -- before it.",
                               *letters);
        if (opt->value == NULL) {
            TRY(apply(r, opt, NULL, err));
            continue;
        }
        if (letters[1] != '\0')
            return apply(r, opt, letters + 1, err);
        if (r->at + 1 >= r->argc)
            return needs_value(opt, err);
        return apply(r, opt, r->argv[++r->at], err);
    }
out:
    return rc;
}

/* One option at r->at, and its value. */
static rb_result
take_one(struct run *r, struct rebound_error *err)
{
    const char *word = r->argv[r->at];

    return word[1] == '-' ? take_long(r, word + 2, err) : take_letters(r, word + 1, err);
}

static bool
is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

rb_result
rb_opt_take_globals(struct rb_options *o, int argc, char **argv, int *next_out,
                    struct rebound_error *err)
{
    struct run r = {.o = o, .argc = argc, .argv = argv, .at = 1};
    enum rebound_code rc = REBOUND_OK;

    for (; r.at < argc && is_option(argv[r.at]) && strcmp(argv[r.at], "--") != 0; r.at++)
        TRY(take_one(&r, err));
    *next_out = r.at;
out:
    return rc;
}

rb_result
rb_opt_take(struct rb_options *o, const struct rb_opt *own, int argc, char **argv,
            struct rebound_error *err)
{
    struct run r = {.o = o, .own = own, .argc = argc, .argv = argv};
    bool ended = false;
    enum rebound_code rc = REBOUND_OK;

    for (r.at = 0; r.at < argc; r.at++) {
        if (!ended && strcmp(argv[r.at], "--") == 0) {
            ended = true;
        } else if (!ended && is_option(argv[r.at])) {
            TRY(take_one(&r, err));
        } else {
            assert(o->n_args < o->args_capacity); /* a word is one at most */
            o->args[o->n_args++] = argv[r.at];
        }
    }
out:
    return rc;
}

bool
rb_opt_asks_for_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            return true;
    }
    return false;
}

const char *
rb_opt_value_at(const struct rb_options *o, const char *name, size_t i)
{
    for (size_t g = 0; g < o->n_given; g++) {
        if (strcmp(o->given[g].opt->name, name) == 0 && i-- == 0)
            return o->given[g].value;
    }
    return NULL;
}

bool
rb_opt_has(const struct rb_options *o, const char *name)
{
    for (size_t g = 0; g < o->n_given; g++) {
        if (strcmp(o->given[g].opt->name, name) == 0)
            return true;
    }
    return false;
}

const char *
rb_opt_value(const struct rb_options *o, const char *name)
{
    const char *value = NULL;

    for (size_t g = 0; g < o->n_given; g++) {
        if (strcmp(o->given[g].opt->name, name) == 0)
            value = o->given[g].value;
    }
    return value;
}

rb_result
rb_opt_number(const struct rb_options *o, const char *name, uint64_t min, uint64_t max,
              uint64_t *out, struct rebound_error *err)
{
    const char *value = rb_opt_value(o, name);
    uint64_t n = 0;

    if (value == NULL)
        return REBOUND_OK;
    if (!rb_opt_parse_number(value, max, &n) || n < min)
        return rb_cli_fail(err, REBOUND_MISUSE, "--%s needs a whole number from %llu to %llu.",
                           name, (unsigned long long)min, (unsigned long long)max);
    *out = n;
    return REBOUND_OK;
}
