#include "config.h"

#include "os/posix.h"

#include <confuse.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PORT_DEFAULT "7443"
#define FILE_DEFAULT "/etc/reboundd.conf"
#define FILE_MAX 65536u /* bytes */

/* Where an option's value comes from; of two, the later wins. */
enum source { FROM_FILE, FROM_ENVIRONMENT, FROM_FLAG };

struct reading {
    struct rbd_config *config;
    struct rebound_error *err;
    const char *path; /* of the configuration file */
    enum source source, listen_source;
    const char *name; /* of the option being read, as it is written there */
};

static rb_result
bad(const struct reading *r, const char *value, const char *wants)
{
    return rb_fail(r->err, REBOUND_MISUSE, "%s%s%s%s, '%s': %s.", r->source == FROM_FLAG ? "--" : "", r->name,
                   r->source == FROM_FILE ? " in " : "", r->source == FROM_FILE ? r->path : "", value, wants);
}

static rb_result
set_data(struct reading *r, const char *value)
{
    if (strlen(value) == 0 || strlen(value) >= sizeof r->config->data)
        return bad(r, value, "the folder's path is empty or too long");
    (void)snprintf(r->config->data, sizeof r->config->data, "%s", value);
    return REBOUND_OK;
}

static rb_result
set_listen(struct reading *r, const char *value)
{
    struct rbd_config *c = r->config;

    if (r->listen_source != r->source) {
        c->n_listen = 0;
        r->listen_source = r->source;
    }
    if (strncmp(value, "tcp://", 6) != 0 && strncmp(value, "ipc://", 6) != 0)
        return bad(r, value, "say tcp://ADDRESS:PORT or ipc://PATH");
    if (c->n_listen == RBD_LISTEN_MAX)
        return bad(r, value, "there are too many addresses");
    c->listen[c->n_listen++] = value;
    return REBOUND_OK;
}

static rb_result
set_public(struct reading *r, const char *value)
{
    if (strlen(value) == 0 || strlen(value) > 255 || strpbrk(value, " /\t") != NULL)
        return bad(r, value, "say HOST or HOST:PORT");
    r->config->public_address = value;
    return REBOUND_OK;
}

static bool
number(const char *value, uint64_t most, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(value, &end, 10);
    return errno == 0 && value[0] >= '0' && value[0] <= '9' && *end == '\0' && *out <= most;
}

static rb_result
set_quota(struct reading *r, const char *value)
{
    uint64_t mib;

    if (!number(value, 1u << 30, &mib) || mib == 0)
        return bad(r, value, "say how many MiB an account may use, from 1");
    r->config->quota_bytes = mib << 20;
    return REBOUND_OK;
}

static rb_result
set_connections(struct reading *r, const char *value)
{
    uint64_t n;

    if (!number(value, 1000000, &n) || n == 0)
        return bad(r, value, "say a number from 1 to 1000000");
    r->config->max_connections = (uint32_t)n;
    return REBOUND_OK;
}

static rb_result
set_open(struct reading *r, const char *value)
{
    static const char *const words[] = {"yes", "true", "1", "no", "false", "0"};
    size_t i = 0;

    while (value != NULL && i < 6 && strcmp(value, words[i]) != 0)
        i++;
    if (i == 6)
        return bad(r, value, "say yes or no");
    r->config->open_registration = i < 3;
    return REBOUND_OK;
}

static rb_result
set_uses(struct reading *r, const char *value)
{
    uint64_t n;

    if (!number(value, 1000000, &n) || n == 0)
        return bad(r, value, "say a number from 1 to 1000000");
    r->config->uses = (uint32_t)n;
    return REBOUND_OK;
}

/* 90m, 24h, 7d; a bare number is days. */
static rb_result
set_expires(struct reading *r, const char *value)
{
    uint64_t n, unit = 24ull * 3600 * 1000;
    char *end;

    errno = 0;
    n = strtoull(value, &end, 10);
    if (*end == 'm')
        unit = 60ull * 1000;
    else if (*end == 'h')
        unit = 3600ull * 1000;
    if (errno != 0 || value[0] < '0' || value[0] > '9' || n == 0 || n > 36500ull * 24 * 60 || strlen(end) > 1 ||
        strchr("mhd", *end) == NULL)
        return bad(r, value, "say a time such as 90m, 24h or 7d");
    r->config->expires_ms = n * unit;
    return REBOUND_OK;
}

#define SERVE (1u << RBD_COMMAND_SERVE)
#define INVITE (1u << RBD_COMMAND_INVITE)
#define CHECK (1u << RBD_COMMAND_CHECK)

static const struct option {
    const char *name;     /* as a flag, and in the file */
    const char *variable; /* NULL: a flag alone */
    const char *argument; /* NULL: a switch */
    const char *help;
    rb_result (*set)(struct reading *r, const char *value); /* NULL: looked for before anything else is read */
    unsigned commands;
} options[] = {
    {"config", "REBOUNDD_CONFIG", "FILE", "a configuration file; lines of NAME = \"VALUE\" (default: " FILE_DEFAULT ")", NULL,
     SERVE | INVITE | CHECK},
    {"data", "REBOUNDD_DATA", "DIR", "where everything is kept (default: $XDG_DATA_HOME/reboundd)", set_data,
     SERVE | INVITE | CHECK},
    {"listen", "REBOUNDD_LISTEN", "URL", "tcp://ADDRESS:PORT or ipc://PATH; may be given again (default: tcp://0.0.0.0:"
     PORT_DEFAULT ")", set_listen, SERVE},
    {"public", "REBOUNDD_PUBLIC", "HOST[:PORT]", "the address that links name (default: this host's name)", set_public,
     SERVE | INVITE},
    {"quota", "REBOUNDD_QUOTA", "MIB", "space for each account (default: 1024)", set_quota, SERVE},
    {"max-connections", "REBOUNDD_MAX_CONNECTIONS", "N", "connections at one time (default: 8192)", set_connections, SERVE},
    {"open", "REBOUNDD_OPEN", NULL, "let anyone open an account, without an invite (in file and environment: yes or no)",
     set_open, SERVE},
    {"uses", NULL, "N", "how many accounts the invite opens (default: 1)", set_uses, INVITE},
    {"expires", NULL, "TIME", "how long the invite lives: 90m, 24h, 7d (default: for ever)", set_expires, INVITE},
};
#define N_OPTIONS (sizeof options / sizeof options[0])

static const struct rbd_command_info commands[] = {
    {"serve", RBD_COMMAND_SERVE, "serve, and print the link that devices connect with",
     "Listens, prints its link on standard output, and serves until it gets SIGTERM or SIGINT. On the first start it makes\n"
     "the server's key and prints, below the link, one with an invite that opens the first account. WebSocket is spoken on\n"
     "the same port. Behind a proxy that ends TLS, say the proxy's name with --public.\n"},
    {"invite", RBD_COMMAND_INVITE, "print a link that opens an account here, while the server runs or not",
     "Who has the link opens one account, or as many as --uses says, until it expires. The server keeps a hash of the\n"
     "invite alone, so it cannot be shown again.\n"},
    {"check", RBD_COMMAND_CHECK, "check the store of a server that is stopped, or a copy of one",
     "Reads everything: the file's own structure, every record's place, hash and signature, heads and counts. Prints a line\n"
     "for each damage; the exit status is 18 when there is any.\n"},
    {"version", RBD_COMMAND_VERSION, "print the version", ""},
    {"help", RBD_COMMAND_HELP, "help about a command; with --man the man page", ""},
};
#define N_COMMANDS (sizeof commands / sizeof commands[0])

bool
rbd_config_option_at(size_t i, struct rbd_option_info *out)
{
    if (i >= N_OPTIONS)
        return false;
    *out = (struct rbd_option_info){.name = options[i].name, .variable = options[i].variable, .argument = options[i].argument,
                                    .help = options[i].help, .in_file = options[i].variable != NULL && options[i].set != NULL,
                                    .commands = options[i].commands};
    return true;
}

bool
rbd_config_command_at(size_t i, struct rbd_command_info *out)
{
    if (i >= N_COMMANDS)
        return false;
    *out = commands[i];
    return true;
}

static void
defaults(struct rbd_config *c)
{
    const char *xdg = getenv("XDG_DATA_HOME"), *state = getenv("STATE_DIRECTORY"), *home = getenv("HOME");

    c->uses = 1;
    if (state != NULL && state[0] == '/')
        (void)snprintf(c->data, sizeof c->data, "%s", state);
    else if (xdg != NULL && xdg[0] == '/')
        (void)snprintf(c->data, sizeof c->data, "%s/reboundd", xdg);
    else if (home != NULL && home[0] == '/')
        (void)snprintf(c->data, sizeof c->data, "%s/.local/share/reboundd", home);
}

static bool
find_command(const char *word, enum rbd_command *out)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        word = "help";
    if (strcmp(word, "--version") == 0)
        word = "version";
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(commands[i].word, word) == 0) {
            *out = commands[i].command;
            return true;
        }
    }
    return false;
}

/* libconfuse's own words would go to standard error; ours name the line. */
static void
say_nothing(cfg_t *cfg, const char *format, va_list args)
{
    (void)cfg;
    (void)format;
    (void)args;
}

/* The file as one text. libconfuse is not let near it: on one that cannot be read, such as a folder, it ends the process. */
static rb_result
read_text(const struct reading *r, struct rb_buf *out)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_os_read_file(r->path, FILE_MAX, out, r->err));
    if (out->len > 0 && memchr(out->ptr, '\0', out->len) != NULL)
        TRY(rb_fail(r->err, REBOUND_MISUSE, "%s is not text: there is a NUL in it.", r->path));
    TRY(rb_buf_put_u8(out, 0, r->err));
out:
    return rc;
}

/* The configuration file: every option that the environment may set, too. */
static rb_result
read_file(struct reading *r, bool must_exist)
{
    cfg_opt_t table[N_OPTIONS + 1];
    struct rb_buf text = {0};
    size_t n = 0;
    cfg_t *cfg = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (!must_exist && !rb_os_exists(r->path))
        return REBOUND_OK;
    TRY(read_text(r, &text));
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (options[i].variable != NULL && options[i].set == set_listen)
            table[n++] = (cfg_opt_t)CFG_STR_LIST(options[i].name, NULL, CFGF_NODEFAULT);
        else if (options[i].variable != NULL && options[i].set != NULL)
            table[n++] = (cfg_opt_t)CFG_STR(options[i].name, NULL, CFGF_NODEFAULT);
    }
    table[n] = (cfg_opt_t)CFG_END();
    cfg = cfg_init(table, CFGF_NONE);
    if (cfg == NULL)
        TRY(rb_no_memory(r->err));
    r->config->file = cfg;
    (void)cfg_set_error_function(cfg, say_nothing);
    if (cfg_parse_buf(cfg, (const char *)text.ptr) != CFG_SUCCESS)
        TRY(rb_fail(r->err, REBOUND_MISUSE,
                    "%s, line %d: there is no such option, or its value is not right. A line is NAME = \"VALUE\"; `reboundd "
                    "help serve` shows the names.",
                    r->path, cfg->line));
    r->source = FROM_FILE;
    for (size_t i = 0; i < N_OPTIONS; i++) {
        r->name = options[i].name;
        for (unsigned k = 0; options[i].variable != NULL && options[i].set != NULL && k < cfg_size(cfg, r->name); k++)
            TRY(options[i].set(r, cfg_getnstr(cfg, r->name, k)));
    }
out:
    rb_buf_free(&text);
    return rc;
}

static rb_result
read_environment(struct reading *r)
{
    enum rebound_code rc = REBOUND_OK;

    r->source = FROM_ENVIRONMENT;
    for (size_t i = 0; i < N_OPTIONS; i++) {
        const char *value = options[i].variable == NULL || options[i].set == NULL ? NULL : getenv(options[i].variable);
        r->name = options[i].variable;
        if (value != NULL && value[0] != '\0')
            TRY(options[i].set(r, value));
    }
out:
    return rc;
}

/* --NAME VALUE, --NAME=VALUE or, for a switch, --NAME. */
static rb_result
next_flag(struct reading *r, char **argv, int argc, int *at, const struct option **option_out, const char **value_out)
{
    const char *word = argv[(*at)++], *equals = strchr(word, '=');
    size_t n = equals != NULL ? (size_t)(equals - word) : strlen(word);
    const struct option *o = NULL;

    for (size_t i = 0; i < N_OPTIONS && n > 2 && strncmp(word, "--", 2) == 0; i++) {
        if (strlen(options[i].name) == n - 2 && strncmp(options[i].name, word + 2, n - 2) == 0 &&
            (options[i].commands >> r->config->command & 1) != 0)
            o = &options[i];
    }
    if (o == NULL)
        return rb_fail(r->err, REBOUND_MISUSE, "`%.100s` is not an option here. `reboundd help` shows what there is.", word);
    *value_out = equals != NULL ? equals + 1 : NULL;
    if (o->argument == NULL && equals != NULL)
        return rb_fail(r->err, REBOUND_MISUSE, "--%s takes no value.", o->name);
    if (o->argument != NULL && equals == NULL) {
        if (*at == argc)
            return rb_fail(r->err, REBOUND_MISUSE, "--%s wants %s.", o->name, o->argument);
        *value_out = argv[(*at)++];
    }
    *option_out = o;
    return REBOUND_OK;
}

/* All flags; or, `config_only`, the one that names the file, which is read before the others count. */
static rb_result
read_flags(struct reading *r, int argc, char **argv, bool config_only)
{
    enum rebound_code rc = REBOUND_OK;

    for (int at = 2; at < argc;) {
        const struct option *o = NULL;
        const char *value = NULL;
        if (strcmp(argv[at], "--help") == 0) {
            r->config->about = r->config->command;
            r->config->command = RBD_COMMAND_HELP;
            goto out;
        }
        TRY(next_flag(r, argv, argc, &at, &o, &value));
        r->source = FROM_FLAG;
        r->name = o->name;
        if (config_only && o->set == NULL)
            r->path = value;
        else if (!config_only && o->set != NULL)
            TRY(o->set(r, value));
    }
out:
    return rc;
}

rb_result
rbd_config_read(int argc, char **argv, struct rbd_config *out, struct rebound_error *err)
{
    struct reading r = {.config = out, .err = err, .path = getenv("REBOUNDD_CONFIG")};
    bool named;
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rbd_config){.command = RBD_COMMAND_HELP};
    if (argc < 2)
        goto out;
    if (!find_command(argv[1], &out->command))
        TRY(rb_fail(err, REBOUND_MISUSE, "There is no command '%.100s'. `reboundd help` shows what there is.", argv[1]));
    if (out->command == RBD_COMMAND_HELP) {
        if (argc > 2 && strcmp(argv[2], "--man") == 0)
            out->command = RBD_COMMAND_MAN;
        else if (argc > 2 && !find_command(argv[2], &out->about))
            TRY(rb_fail(err, REBOUND_MISUSE, "There is no command '%.100s' to help with.", argv[2]));
        goto out;
    }
    TRY(read_flags(&r, argc, argv, true));
    if (out->command == RBD_COMMAND_HELP || out->command == RBD_COMMAND_VERSION)
        goto out;
    defaults(out);
    named = r.path != NULL && r.path[0] != '\0';
    if (!named)
        r.path = FILE_DEFAULT;
    TRY(read_file(&r, named));
    TRY(read_environment(&r));
    TRY(read_flags(&r, argc, argv, false));
    if (out->n_listen == 0)
        out->listen[out->n_listen++] = "tcp://0.0.0.0:" PORT_DEFAULT;
    if (out->data[0] == '\0')
        TRY(rb_fail(err, REBOUND_MISUSE, "There is no HOME to keep data in. Say --data DIR."));
out:
    return rc;
}

void
rbd_config_free(struct rbd_config *config)
{
    if (config->file != NULL)
        (void)cfg_free(config->file);
    config->file = NULL;
}

/* HOST:PORT or [IPV6]:PORT, and not an IPv6 address alone. */
static bool
has_port(const char *host)
{
    const char *colon = strrchr(host, ':');

    return colon != NULL && (strchr(host, ':') == colon || (host[0] == '[' && colon[-1] == ']'));
}

/* The port that a listening address names; 0: none, or to be chosen. */
static uint16_t
port_of(const char *url)
{
    const char *colon = strrchr(url, ':');
    uint64_t port;

    return colon != NULL && number(colon + 1, 65535, &port) ? (uint16_t)port : 0;
}

rb_result
rbd_config_link(const struct rbd_config *config, uint16_t port, const struct rb_server_key *key, char *out,
                size_t size, struct rebound_error *err)
{
    const char *first = config->listen[0];
    char host[256], key_text[64];
    int n;

    rb_base64url_put(key_text, rb_server_key_slice(key));
    if (strncmp(first, "ipc://", 6) == 0 && config->public_address == NULL) {
        n = snprintf(out, size, "rebound+ipc://%s/%s", first + 6, key_text);
    } else {
        if (port == 0)
            port = port_of(first);
        if (config->public_address != NULL)
            (void)snprintf(host, sizeof host, "%s", config->public_address);
        else if (strncmp(first, "tcp://[::1]", 11) == 0)
            (void)snprintf(host, sizeof host, "[::1]");
        else if (strncmp(first, "tcp://127.", 10) == 0 || strncmp(first, "tcp://localhost", 15) == 0)
            (void)snprintf(host, sizeof host, "127.0.0.1");
        else if (gethostname(host, sizeof host) != 0)
            (void)snprintf(host, sizeof host, "127.0.0.1");
        host[sizeof host - 1] = '\0';
        if (host[0] != '[' && strchr(host, ':') != strrchr(host, ':')) /* an IPv6 address */
            n = snprintf(out, size, "rebound://[%s]:%u/%s", host, port, key_text);
        else if (has_port(host))
            n = snprintf(out, size, "rebound://%s/%s", host, key_text);
        else
            n = snprintf(out, size, "rebound://%s:%u/%s", host, port, key_text);
    }
    if (n < 0 || (size_t)n >= size)
        return rb_fail(err, REBOUND_MISUSE, "The server's address is too long for a link.");
    return REBOUND_OK;
}
