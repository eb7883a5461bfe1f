/* A server's link: what parses prints to a link that parses to the same. */
#include "fuzz/fuzz.h"

#include "wire/link.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[2 * RB_LINK_TEXT_MAX], printed[RB_LINK_TEXT_MAX], address[RB_LINK_TEXT_MAX];
    struct rb_link link, again;

    if (size >= sizeof text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (rb_link_parse(text, &link, NULL) != REBOUND_OK)
        return 0;
    rb_link_print(&link, true, printed);
    rb_link_address(&link, address);
    require(rb_link_parse(printed, &again, NULL) == REBOUND_OK);
    require(again.scheme == link.scheme && strcmp(again.host, link.host) == 0 &&
            strcmp(again.path, link.path) == 0);
    require(again.port == link.port && again.has_key == link.has_key &&
            again.token_kind == link.token_kind);
    require(rb_server_key_equal(&again.key, &link.key) &&
            rb_token_equal(&again.token, &link.token));
    return 0;
}
