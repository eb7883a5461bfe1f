#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PORT_DEFAULT "7443"

struct reading {
    struct rbd_config *config;
    struct rebound_error *err;
};

static rb_result
bad(struct reading *r, const char *name, const char *value, const char *wants)
{
    return rb_fail(r->err, REBOUND_MISUSE, "--%s %s: %s.", name, value, wants);
}

static rb_result
set_data(struct reading *r, const char *value)
{
    if (strlen(value) == 0 || strlen(value) >= sizeof r->config->data)
        return bad(r, "data", value, "the folder's path is empty or too long");
    (void)snprintf(r->config->data, sizeof r->config->data, "%s", value);
    return REBOUND_OK;
}

static rb_result
set_listen(struct reading *r, const char *value)
{
    if (r->config->n_listen == RBD_LISTEN_MAX)
        return bad(r, "listen", value, "there are too many addresses");
    r->config->listen[r->config->n_listen++] = value;
    return REBOUND_OK;
}

static rb_result
set_public(struct reading *r, const char *value)
{
    if (strlen(value) == 0 || strlen(value) > 255 || strpbrk(value, " /\t") != NULL)
        return bad(r, "public", value, "say HOST or HOST:PORT");
    r->config->public_address = value;
    return REBOUND_OK;
}

static bool
number(const char *value, uint64_t most, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(value, &end, 10);
    return errno == 0 && end != value && *end == '\0' && value[0] != '-' && *out <= most;
}

static rb_result
set_quota(struct reading *r, const char *value)
{
    uint64_t mib;

    if (!number(value, 1u << 30, &mib) || mib == 0)
        return bad(r, "quota", value, "say how many MiB an account may use, from 1");
    r->config->quota_bytes = mib << 20;
    return REBOUND_OK;
}

static rb_result
set_connections(struct reading *r, const char *value)
{
    uint64_t n;

    if (!number(value, 1000000, &n) || n == 0)
        return bad(r, "max-connections", value, "say a number from 1 to 1000000");
    r->config->max_connections = (uint32_t)n;
    return REBOUND_OK;
}

static rb_result
set_open(struct reading *r, const char *value)
{
    (void)value;
    r->config->open_registration = true;
    return REBOUND_OK;
}

static rb_result
set_uses(struct reading *r, const char *value)
{
    uint64_t n;

    if (!number(value, 1000000, &n) || n == 0)
        return bad(r, "uses", value, "say a number from 1 to 1000000");
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
    if (errno != 0 || end == value || n == 0 || n > 36500 * 24 * 60 || strlen(end) > 1 ||
        strchr("mhd", *end) == NULL)
        return bad(r, "expires", value, "say a time such as 90m, 24h or 7d");
    r->config->expires_ms = n * unit;
    return REBOUND_OK;
}

static const struct {
    const char *name;
    const char *variable;
    const char *argument; /* NULL: a switch */
    const char *help;
    rb_result (*set)(struct reading *r, const char *value);
    unsigned commands; /* bits of enum rbd_command */
} options[] = {
    {"data", "REBOUNDD_DATA", "DIR", "where everything is kept (default: $XDG_DATA_HOME/reboundd)", set_data,
     1u << RBD_COMMAND_SERVE | 1u << RBD_COMMAND_INVITE},
    {"listen", "REBOUNDD_LISTEN", "URL", "tcp://ADDRESS:PORT or ipc://PATH; may be given again (default: tcp://0.0.0.0:7443)",
     set_listen, 1u << RBD_COMMAND_SERVE},
    {"public", "REBOUNDD_PUBLIC", "HOST[:PORT]", "the address that links name (default: this host's name)", set_public,
     1u << RBD_COMMAND_SERVE | 1u << RBD_COMMAND_INVITE},
    {"quota", "REBOUNDD_QUOTA", "MIB", "space for each account (default: 1024)", set_quota, 1u << RBD_COMMAND_SERVE},
    {"max-connections", "REBOUNDD_MAX_CONNECTIONS", "N", "connections at one time (default: 8192)", set_connections,
     1u << RBD_COMMAND_SERVE},
    {"open", "REBOUNDD_OPEN", NULL, "let anyone open an account, without an invite", set_open, 1u << RBD_COMMAND_SERVE},
    {"uses", NULL, "N", "how many accounts the invite opens (default: 1)", set_uses, 1u << RBD_COMMAND_INVITE},
    {"expires", NULL, "TIME", "how long the invite lives: 90m, 24h, 7d (default: for ever)", set_expires,
     1u << RBD_COMMAND_INVITE},
};
#define N_OPTIONS (sizeof options / sizeof options[0])

void
rbd_config_help(FILE *out)
{
    (void)fputs("reboundd: the sync server of Rebound. It stores sealed records and can read none of them.\n\n"
                "  reboundd serve  [options]    serve; prints the link that devices connect with\n"
                "  reboundd invite [options]    print a link that opens an account here, while the server runs or not\n"
                "  reboundd version | help\n\noptions:\n",
                out);
    for (size_t i = 0; i < N_OPTIONS; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "--%s %s", options[i].name,
                       options[i].argument != NULL ? options[i].argument : "");
        (void)fprintf(out, "  %-24s %s%s%s\n", name, options[i].help, options[i].variable != NULL ? "; $" : "",
                      options[i].variable != NULL ? options[i].variable : "");
    }
}

static rb_result
defaults(struct reading *r)
{
    const char *xdg = getenv("XDG_DATA_HOME"), *state = getenv("STATE_DIRECTORY"), *home = getenv("HOME");
    char *to = r->config->data;
    size_t size = sizeof r->config->data;

    r->config->uses = 1;
    if (state != NULL && state[0] == '/')
        (void)snprintf(to, size, "%s", state);
    else if (xdg != NULL && xdg[0] == '/')
        (void)snprintf(to, size, "%s/reboundd", xdg);
    else if (home != NULL && home[0] == '/')
        (void)snprintf(to, size, "%s/.local/share/reboundd", home);
    for (size_t i = 0; i < N_OPTIONS; i++) {
        const char *value = options[i].variable == NULL ? NULL : getenv(options[i].variable);
        enum rebound_code rc;
        if (value == NULL || value[0] == '\0')
            continue;
        rc = options[i].set(r, value);
        if (rc != REBOUND_OK)
            return rc;
    }
    return REBOUND_OK;
}

static rb_result
read_command(const char *word, enum rbd_command *out, struct rebound_error *err)
{
    static const struct {
        const char *word;
        enum rbd_command command;
    } words[] = {
        {"serve", RBD_COMMAND_SERVE},     {"invite", RBD_COMMAND_INVITE}, {"help", RBD_COMMAND_HELP},
        {"--help", RBD_COMMAND_HELP},     {"-h", RBD_COMMAND_HELP},       {"version", RBD_COMMAND_VERSION},
        {"--version", RBD_COMMAND_VERSION},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].word, word) == 0) {
            *out = words[i].command;
            return REBOUND_OK;
        }
    }
    return rb_fail(err, REBOUND_MISUSE, "There is no command '%s'. `reboundd help` shows what there is.", word);
}

rb_result
rbd_config_read(int argc, char **argv, struct rbd_config *out, struct rebound_error *err)
{
    struct reading r = {.config = out, .err = err};
    size_t listen_of_environment;
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rbd_config){.command = RBD_COMMAND_HELP};
    if (argc < 2)
        return REBOUND_OK;
    TRY(read_command(argv[1], &out->command, err));
    TRY(defaults(&r));
    listen_of_environment = out->n_listen;
    for (int i = 2; i < argc; i++) {
        size_t k;
        if (strcmp(argv[i], "--help") == 0) {
            out->command = RBD_COMMAND_HELP;
            return REBOUND_OK;
        }
        for (k = 0; k < N_OPTIONS; k++) {
            if (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, options[k].name) == 0 &&
                (options[k].commands >> out->command & 1) != 0)
                break;
        }
        if (k == N_OPTIONS)
            TRY(rb_fail(err, REBOUND_MISUSE, "`%s` is not an option here. `reboundd help` shows what there is.",
                        argv[i]));
        if (options[k].argument != NULL && i + 1 == argc)
            TRY(rb_fail(err, REBOUND_MISUSE, "--%s wants %s.", options[k].name, options[k].argument));
        if (options[k].set == set_listen && listen_of_environment > 0) {
            out->n_listen = 0; /* flags win over the environment */
            listen_of_environment = 0;
        }
        TRY(options[k].set(&r, options[k].argument != NULL ? argv[++i] : NULL));
    }
    if (out->n_listen == 0)
        out->listen[out->n_listen++] = "tcp://0.0.0.0:" PORT_DEFAULT;
    if (out->data[0] == '\0')
        TRY(rb_fail(err, REBOUND_MISUSE, "There is no HOME to keep data in. Say --data DIR."));
out:
    return rc;
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
        else if (strncmp(first, "tcp://127.", 10) == 0 || strncmp(first, "tcp://[::1]", 11) == 0 ||
                 strncmp(first, "tcp://localhost", 15) == 0)
            (void)snprintf(host, sizeof host, "127.0.0.1");
        else if (gethostname(host, sizeof host) != 0)
            (void)snprintf(host, sizeof host, "127.0.0.1");
        host[sizeof host - 1] = '\0';
        if (config->public_address != NULL && strchr(host, ':') != NULL)
            n = snprintf(out, size, "rebound://%s/%s", host, key_text);
        else
            n = snprintf(out, size, "rebound://%s:%u/%s", host, port, key_text);
    }
    if (n < 0 || (size_t)n >= size)
        return rb_fail(err, REBOUND_MISUSE, "The server's address is too long for a link.");
    return REBOUND_OK;
}
