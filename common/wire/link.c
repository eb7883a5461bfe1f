#include "wire/link.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *prefix;
    enum rb_link_scheme scheme;
} schemes[] = {
    {"rebound://", RB_LINK_TCP},
    {"rebound+ws://", RB_LINK_WS},
    {"rebound+ipc://", RB_LINK_IPC},
};

static bool
is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

static rb_result
parse_port(const char *text, size_t len, uint16_t *out, struct rebound_error *err)
{
    uint32_t port = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || port > 65535)
            return rb_fail(err, REBOUND_BAD_FORMAT, "The port in the server's address is not a number: %.*s.", (int)len,
                           text);
        port = port * 10 + (uint32_t)(text[i] - '0');
    }
    if (len == 0 || port == 0 || port > 65535)
        return rb_fail(err, REBOUND_BAD_FORMAT, "The port in the server's address must be from 1 to 65535.");
    *out = (uint16_t)port;
    return REBOUND_OK;
}

/* HOST, HOST:PORT, [IPV6] or [IPV6]:PORT, all of `len`. */
static rb_result
parse_host(const char *text, size_t len, struct rb_link *link, struct rebound_error *err)
{
    const char *host = text, *rest;
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    if (len > 0 && text[0] == '[') {
        const char *end = memchr(text, ']', len);
        if (end == NULL)
            TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The server's address has '[' without ']'."));
        host = text + 1;
        n = (size_t)(end - host);
        rest = end + 1;
        for (size_t i = 0; i < n; i++) {
            if (strchr("0123456789abcdefABCDEF:.", host[i]) == NULL)
                TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The server's IPv6 address is not one."));
        }
    } else {
        while (n < len && is_host_char(host[n]))
            n++;
        rest = host + n;
    }
    if (n == 0 || n >= sizeof link->host)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The server's name is missing or too long."));
    link->port = RB_LINK_PORT;
    if (rest < text + len) {
        if (*rest != ':')
            TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The server's name has a character that names do not have: '%c'.",
                        *rest > 0x20 && *rest < 0x7f ? *rest : '?'));
        TRY(parse_port(rest + 1, (size_t)(text + len - rest - 1), &link->port, err));
    }
    memcpy(link->host, host, n);
    link->host[n] = '\0';
out:
    return rc;
}

static rb_result
parse_key(const char *text, struct rb_link *link, struct rebound_error *err)
{
    size_t n = strcspn(text, ".");

    if (!rb_base64url_get(link->key.bytes, sizeof link->key.bytes, text, n))
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The link is not whole: its last part should be the server's key (43 letters and digits). Copy it "
                       "again.");
    link->has_key = true;
    if (text[n] == '\0')
        return REBOUND_OK;
    if ((text[n + 1] != 'i' && text[n + 1] != 'm') ||
        !rb_base64url_get(link->token.bytes, sizeof link->token.bytes, text + n + 2, strlen(text + n + 2)))
        return rb_fail(err, REBOUND_BAD_FORMAT, "The link is not whole: what follows its last dot is cut. Copy it again.");
    link->token_kind = text[n + 1] == 'i' ? RB_LINK_INVITE : RB_LINK_MEETING;
    return REBOUND_OK;
}

static rb_result
parse_path(const char *path, size_t len, struct rb_link *link, struct rebound_error *err)
{
    if (len >= sizeof link->path)
        return rb_fail(err, REBOUND_BAD_FORMAT, "The path in the link is too long.");
    for (size_t i = 0; i < len; i++) {
        if (path[i] <= 0x20 || path[i] >= 0x7f)
            return rb_fail(err, REBOUND_BAD_FORMAT, "The path in the link has a character that it may not have.");
    }
    memcpy(link->path, path, len);
    link->path[len] = '\0';
    return REBOUND_OK;
}

rb_result
rb_link_parse(const char *text, struct rb_link *out, struct rebound_error *err)
{
    struct rb_link link = {.scheme = RB_LINK_TCP};
    const char *rest = NULL, *last;
    enum rebound_code rc = REBOUND_OK;

    if (strlen(text) >= RB_LINK_TEXT_MAX)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The link is too long."));
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (strncmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0) {
            link.scheme = schemes[i].scheme;
            rest = text + strlen(schemes[i].prefix);
        }
    }
    if (rest == NULL) { /* an address alone */
        if (strstr(text, "://") != NULL)
            TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                        "A server's link begins with rebound://, rebound+ws:// or rebound+ipc://."));
        TRY(parse_host(text, strlen(text), &link, err));
        *out = link;
        goto out;
    }
    last = strrchr(rest, '/');
    if (last == NULL)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The link is not whole: the server's key is missing at its end."));
    TRY(parse_key(last + 1, &link, err));
    if (link.scheme == RB_LINK_IPC) {
        if (rest[0] != '/' || last == rest)
            TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The link names no socket: rebound+ipc:///PATH/KEY."));
        TRY(parse_path(rest, (size_t)(last - rest), &link, err));
    } else {
        size_t host = strcspn(rest, "/");
        TRY(parse_host(rest, host, &link, err));
        if (rest + host != last) {
            if (link.scheme != RB_LINK_WS)
                TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The link has a path, which only rebound+ws:// may have."));
            TRY(parse_path(rest + host, (size_t)(last - rest - (ptrdiff_t)host), &link, err));
        }
    }
    *out = link;
out:
    return rc;
}

void
rb_link_address(const struct rb_link *link, char out[RB_LINK_TEXT_MAX])
{
    bool v6 = strchr(link->host, ':') != NULL;

    if (link->scheme == RB_LINK_IPC)
        (void)snprintf(out, RB_LINK_TEXT_MAX, "%s", link->path);
    else if (link->port == RB_LINK_PORT)
        (void)snprintf(out, RB_LINK_TEXT_MAX, "%s%s%s", v6 ? "[" : "", link->host, v6 ? "]" : "");
    else
        (void)snprintf(out, RB_LINK_TEXT_MAX, "%s%s%s:%u", v6 ? "[" : "", link->host, v6 ? "]" : "", link->port);
}

void
rb_link_print(const struct rb_link *link, bool with_token, char out[RB_LINK_TEXT_MAX])
{
    char address[RB_LINK_TEXT_MAX], key[48] = "", token[32] = "";
    const char *dot = "", *path = link->scheme == RB_LINK_WS ? link->path : "";
    int n;

    rb_link_address(link, address);
    if (link->has_key)
        rb_base64url_put(key, rb_server_key_slice(&link->key));
    if (with_token && link->token_kind != RB_LINK_NO_TOKEN) {
        rb_base64url_put(token, rb_token_slice(&link->token));
        dot = link->token_kind == RB_LINK_INVITE ? ".i" : ".m";
    }
    if (!link->has_key)
        n = snprintf(out, RB_LINK_TEXT_MAX, "%s", address);
    else
        n = snprintf(out, RB_LINK_TEXT_MAX, "%s%s%s/%s%s%s", schemes[link->scheme].prefix, address, path, key, dot, token);
    /* Never longer than the text it was parsed from, which was shorter than that. */
    assert(n >= 0 && n < RB_LINK_TEXT_MAX);
    (void)n;
}
