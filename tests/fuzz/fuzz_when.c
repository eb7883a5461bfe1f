/* Times as people type them: a line, then a second one that is a time in milliseconds to be
 * written. What was read is written and reads as the same; what is written fits.
 */
#include "fuzz/fuzz.h"

#include "cli/when.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOW 1790000000000

static void
write_all(int64_t ms)
{
    char out[RB_WHEN_MAX];

    require(strlen(rb_when_iso(out, ms)) < RB_WHEN_MAX);
    require(strlen(rb_when_date(out, ms)) < RB_WHEN_MAX);
    require(strlen(rb_when_minute(out, ms)) < RB_WHEN_MAX);
    require(strlen(rb_when_age(out, ms, NOW)) < RB_WHEN_MAX);
    require(strlen(rb_when_age(out, NOW, ms)) < RB_WHEN_MAX);
}

static void
read_text(const char *text)
{
    char out[RB_WHEN_MAX];
    uint32_t seconds = 0;
    int64_t ms, again;

    if (rb_when_span(text, &seconds)) {
        require(seconds >= 1 && seconds <= 366u * 86400u);
        require(strlen(rb_when_span_text(out, seconds)) < RB_WHEN_MAX);
    }
    if (!rb_when_stored(text, &ms))
        return;
    write_all(ms);
    if (ms % 1000 != 0 || ms < -2208988800000 || ms >= 253402300800000)
        return; /* years that are written otherwise */
    (void)rb_when_iso(out, ms);
    memcpy(out + 19, "Z", 2); /* whole seconds */
    require(rb_when_stored(out, &again) && again == ms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t len = end != NULL ? (size_t)(end - data) : size;
    char *text = malloc(len + 1);
    int64_t ms = 0;

    if (text == NULL || setenv("TZ", "Europe/Berlin", 1) != 0)
        abort();
    if (len > 0)
        memcpy(text, data, len);
    text[len] = '\0';
    read_text(text);
    free(text);
    if (size - len > sizeof ms) {
        memcpy(&ms, data + len + 1, sizeof ms);
        write_all(ms);
    }
    return 0;
}
