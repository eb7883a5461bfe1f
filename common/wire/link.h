/* Server links: where a server is, and its key, so that having the link is having pinned the key. proto/README.md, "Links".
 *
 *   rebound://HOST[:PORT]/KEY     rebound+ws://HOST[:PORT][/PATH]/KEY     rebound+ipc:///PATH/KEY
 *
 * KEY is 32 bytes in base64url; with an invite KEY.iTOKEN, with an offer to meet KEY.mTOKEN (16 bytes). Also understood:
 * HOST[:PORT] alone, which carries no key. Pure and thread-safe.
 */
#ifndef RB_WIRE_LINK_H
#define RB_WIRE_LINK_H

#include "base/ids.h"

#define RB_LINK_PORT 7443
#define RB_LINK_TEXT_MAX 512

enum rb_link_scheme { RB_LINK_TCP, RB_LINK_WS, RB_LINK_IPC };
enum rb_link_token { RB_LINK_NO_TOKEN, RB_LINK_INVITE, RB_LINK_MEETING };

struct rb_link {
    enum rb_link_scheme scheme;
    char host[256]; /* a name or an address, IPv6 without its brackets; ipc: empty */
    uint16_t port;
    char path[256]; /* ws: begins with '/', or empty; ipc: of the socket */
    bool has_key;
    struct rb_server_key key;
    enum rb_link_token token_kind;
    struct rb_token token;
};

/* BAD_FORMAT: the sentence says which part is wrong. */
rb_result rb_link_parse(const char *text, struct rb_link *out, struct rebound_error *err);
/* Prints the link; `with_token` false leaves its token out. `out` takes RB_LINK_TEXT_MAX bytes; a parsed link fits. */
void rb_link_print(const struct rb_link *link, bool with_token, char out[RB_LINK_TEXT_MAX]);
/* "HOST", "HOST:PORT" or the socket's path: what a person reads and types. */
void rb_link_address(const struct rb_link *link, char out[RB_LINK_TEXT_MAX]);

#endif
