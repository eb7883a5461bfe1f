/* A short code as a person types it: what is taken prints to a code that is taken as the same. */
#include "fuzz/fuzz.h"

#include "seal/shortcode.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct rb_shortcode zeros;
    struct rb_shortcode code, again;
    struct rebound_error err;
    char text[512], printed[RB_SHORTCODE_SIZE];

    if (size >= sizeof text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (rb_shortcode_get(&code, text, &err) != REBOUND_OK) {
        require(err.sentence[0] != '\0' && rb_shortcode_equal(&code, &zeros));
        return 0;
    }
    require(code.mailbox >= 10000 && code.mailbox <= 99999);
    rb_shortcode_put(printed, &code);
    require(rb_shortcode_get(&again, printed, NULL) == REBOUND_OK &&
            rb_shortcode_equal(&code, &again));
    return 0;
}
