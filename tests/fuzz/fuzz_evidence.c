/* Evidence of a fork. The first byte chooses: text as it is, or a message that is put into text
 * here. */
#include "fuzz/fuzz.h"

#include "stream/evidence.h"

#include <stdlib.h>
#include <string.h>

static void
put_text(struct rb_slice message, struct rb_buf *out)
{
    char line[65];

    require(rb_buf_append_slice(out, rb_slice_text(RB_EVIDENCE_BEGIN "\n"), NULL) == REBOUND_OK);
    for (size_t at = 0; at < message.len; at += 48) {
        size_t n = message.len - at < 48 ? message.len - at : 48, len;
        rb_base64url_put(line, rb_slice_of(message.ptr + at, n));
        len = strlen(line);
        for (size_t i = 0; i < len; i++)
            line[i] = line[i] == '-' ? '+' : line[i] == '_' ? '/' : line[i];
        require(rb_buf_append(out, line, len, NULL) == REBOUND_OK);
        for (; len % 4 != 0; len++)
            require(rb_buf_put_u8(out, '=', NULL) == REBOUND_OK);
    }
    require(rb_buf_append_slice(out, rb_slice_text("\n" RB_EVIDENCE_END), NULL) == REBOUND_OK);
}

static void
check(struct rb_slice text)
{
    struct rb_evidence evidence;
    char sentence[RB_EVIDENCE_SENTENCE];

    if (rb_evidence_get(text, &evidence, NULL) != REBOUND_OK)
        return;
    require(!rb_record_id_equal(&evidence.first, &evidence.second) && evidence.sequence > 0);
    rb_evidence_sentence(&evidence, sentence);
    require(strlen(sentence) > 0 && sentence[strlen(sentence) - 1] == '.');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rb_buf text = {0};

    if (size < 1)
        return 0;
    if (data[0] % 2 == 0) {
        check(rb_slice_of(data + 1, size - 1));
        return 0;
    }
    put_text(rb_slice_of(data + 1, size - 1), &text);
    check(rb_buf_slice(&text));
    rb_buf_free(&text);
    return 0;
}
