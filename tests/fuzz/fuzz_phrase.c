/* Recovery words as a person types them: what is taken prints to words that are taken as the same.
 */
#include "fuzz/fuzz.h"

#include "base/secret.h"
#include "seal/phrase.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t entropy[32], again[32];
    struct rebound_error err;
    char text[1024], printed[RB_PHRASE_SIZE];

    if (size >= sizeof text || rb_secret_init(NULL) != REBOUND_OK)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (rb_phrase_get(entropy, text, &err) != REBOUND_OK) {
        for (size_t i = 0; i < sizeof entropy; i++)
            require(entropy[i] == 0);
        require(err.code == REBOUND_WRONG_SECRET);
    } else {
        rb_phrase_put(printed, entropy);
        require(rb_phrase_get(again, printed, NULL) == REBOUND_OK &&
                memcmp(entropy, again, 32) == 0);
    }
    if (size >= 32) { /* any entropy has words */
        rb_phrase_put(printed, data);
        require(rb_phrase_get(again, printed, NULL) == REBOUND_OK && memcmp(data, again, 32) == 0);
    }
    return 0;
}
