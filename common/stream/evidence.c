#include "stream/evidence.h"

#include "base/unpack.h"

#include "record.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 48 /* of what a line of 64 characters holds */
#define LINE_CHARS 64

/* One sentence for whatever is wrong; two reasons that are not about the evidence keep their code.
 */
static enum rebound_code
proves_nothing(const struct rebound_error *why, struct rebound_error *err)
{
    int len = (int)strcspn(why->sentence, ".");

    if (why->code == REBOUND_NO_MEMORY || why->code == REBOUND_TOO_NEW)
        return rb_fail(err, why->code, "%s", why->sentence);
    return rb_fail(err, REBOUND_TAMPERED, "This evidence proves nothing: %.*s.", len,
                   why->sentence);
}

/* --- the check --- */

struct claim {
    struct rb_record record;
    uint64_t control; /* number of the control record that it names; 0: not met yet */
};

static rb_result
parse_claim(struct rb_slice bytes, struct claim *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    /* A body may be gone; the signature covers its hash, so the header alone proves as much. */
    if (bytes.len == RB_RECORD_HEADER_SIZE)
        TRY(rb_record_parse_header(bytes, &out->record, err));
    else
        TRY(rb_record_parse(bytes, &out->record, err));
    TRY(rb_record_verify(&out->record, err));
out:
    return rc;
}

static rb_result
check_pair(const struct rb_record *a, const struct rb_record *b, struct rebound_error *err)
{
    if (!rb_device_key_equal(&a->header.author, &b->header.author))
        return rb_fail(err, REBOUND_TAMPERED, "its two records are by two authors");
    if (a->header.sequence != b->header.sequence ||
        !rb_stream_id_equal(&a->header.stream, &b->header.stream))
        return rb_fail(err, REBOUND_TAMPERED, "its two records do not stand in one place");
    if (rb_record_id_equal(&a->id, &b->id))
        return rb_fail(err, REBOUND_TAMPERED, "its two records are the same one");
    return REBOUND_OK;
}

/* Rights are asked for when the chain has just reached the control record that is named: what came
 * later, a cut that settled this very fork among it, takes nothing from the proof. */
static rb_result
check_claim_here(struct claim *claim, const struct rb_rules *rules, struct rebound_error *err)
{
    const struct rb_head *head = rb_rules_head(rules);
    enum rebound_code rc = REBOUND_OK;

    if (!rb_record_id_equal(&claim->record.header.control, &head->id))
        return REBOUND_OK;
    TRY(rb_rules_check_sealed(rules, &claim->record, err));
    claim->control = head->sequence;
out:
    return rc;
}

static rb_result
replay(const Rb__Evidence *m, struct claim claims[2], struct rb_rules *rules,
       struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < m->n_control; i++) {
        struct rb_record record;
        TRY(rb_record_parse(rb_pb_slice(m->control[i]), &record, err));
        TRY(rb_rules_apply(rules, &record, err));
        TRY(check_claim_here(&claims[0], rules, err));
        TRY(check_claim_here(&claims[1], rules, err));
    }
    if (claims[0].control == 0 || claims[1].control == 0)
        TRY(rb_fail(err, REBOUND_TAMPERED,
                    "a record names a control record that is not in the chain"));
out:
    return rc;
}

static rb_result
check_message(const Rb__Evidence *m, struct rb_evidence *out, struct rebound_error *err)
{
    struct claim claims[2] = {0};
    struct rb_rules *rules = NULL;
    const struct rb_rules_device *device;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_rules_new(&rules, err));
    TRY(parse_claim(rb_pb_slice(m->first), &claims[0], err));
    TRY(parse_claim(rb_pb_slice(m->second), &claims[1], err));
    TRY(check_pair(&claims[0].record, &claims[1].record, err));
    TRY(replay(m, claims, rules, err));
    device = rb_rules_device(rules, &claims[0].record.header.author);
    *out = (struct rb_evidence){.kind = rb_rules_kind(rules),
                                .stream = *rb_rules_stream(rules),
                                .account = device->account,
                                .author = device->key,
                                .sequence = claims[0].record.header.sequence,
                                .first = claims[0].record.id,
                                .second = claims[1].record.id,
                                .first_control = claims[0].control,
                                .second_control = claims[1].control,
                                .is_revoked = !rb_rules_is_current(rules, &device->key)};
out:
    rb_rules_free(rules);
    return rc;
}

static rb_result
check_bytes(struct rb_slice bytes, struct rb_evidence *out, struct rebound_error *err)
{
    static const struct rb_unpack_limits limits = {RB_EVIDENCE_MAX,
                                                   RB_EVIDENCE_MAX / RB_RECORD_HEADER_SIZE};
    struct rebound_error why = {0};
    ProtobufCMessage *message = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_unpack(&rb__evidence__descriptor, bytes, &limits, "an evidence file", &message, err));
    if (message->n_unknown_fields > 0)
        TRY(rb_fail(err, REBOUND_TOO_NEW,
                    "This evidence was made by a newer version of Rebound: update this one."));
    rc = check_message((const Rb__Evidence *)message, out, &why);
    if (rc != REBOUND_OK)
        rc = proves_nothing(&why, err);
out:
    rb_unpack_free(message);
    return rc;
}

/* --- text --- */

/* base64url and base64 differ in two digits. */
static void
swap_digits(char *text, size_t n, const char from[2], const char to[2])
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] == from[0])
            text[i] = to[0];
        else if (text[i] == from[1])
            text[i] = to[1];
    }
}

static rb_result
put_text(struct rb_slice bytes, struct rb_buf *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_slice(out, rb_slice_text(RB_EVIDENCE_BEGIN "\n"), err));
    for (size_t at = 0; at < bytes.len; at += LINE_BYTES) {
        size_t n = bytes.len - at < LINE_BYTES ? bytes.len - at : LINE_BYTES;
        char line[LINE_CHARS + 1];
        size_t len;

        rb_base64url_put(line, rb_slice_of(bytes.ptr + at, n));
        len = strlen(line);
        swap_digits(line, len, "-_", "+/");
        while (len % 4 != 0)
            line[len++] = '=';
        TRY(rb_buf_append(out, line, len, err));
        TRY(rb_buf_put_u8(out, '\n', err));
    }
    TRY(rb_buf_append_slice(out, rb_slice_text(RB_EVIDENCE_END "\n"), err));
out:
    return rc;
}

/* Where a marker stands at the beginning of a line; text.len when it does not. */
static size_t
find_line(struct rb_slice text, const char *marker)
{
    size_t n = strlen(marker);

    for (size_t i = 0; i + n <= text.len; i++) {
        if ((i == 0 || text.ptr[i - 1] == '\n') && memcmp(text.ptr + i, marker, n) == 0)
            return i;
    }
    return text.len;
}

/* The characters between the markers without white space and padding, as base64url. */
static rb_result
gather(struct rb_slice text, struct rb_buf *digits, struct rebound_error *err)
{
    size_t start = find_line(text, RB_EVIDENCE_BEGIN), end, padding = 0;
    enum rebound_code rc = REBOUND_OK;

    if (start == text.len)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "This is no evidence: there is no line \"%s\".",
                    RB_EVIDENCE_BEGIN));
    start += strlen(RB_EVIDENCE_BEGIN);
    end = start + find_line(rb_slice_of(text.ptr + start, text.len - start), RB_EVIDENCE_END);
    if (end == text.len)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The evidence is cut: there is no line \"%s\".",
                    RB_EVIDENCE_END));
    TRY(rb_buf_reserve(digits, end - start + 1, err));
    for (size_t i = start; i < end; i++) {
        char c = (char)text.ptr[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            continue;
        padding += c == '=' ? 1 : 0;
        if (c == '-' || c == '_' || (padding > 0 && c != '='))
            TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                        "The evidence has a character in it that is not base64."));
        digits->ptr[digits->len++] = text.ptr[i];
    }
    if (padding > 2 || digits->len % 4 != 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The evidence is cut: characters are missing."));
    digits->len -= padding;
    swap_digits((char *)digits->ptr, digits->len, "+/", "-_");
out:
    return rc;
}

rb_result
rb_evidence_get(struct rb_slice text, struct rb_evidence *out, struct rebound_error *err)
{
    struct rb_buf digits = {0}, bytes = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(gather(text, &digits, err));
    if (digits.len / 4 * 3 > RB_EVIDENCE_MAX)
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "The evidence is larger than %u MiB.",
                    RB_EVIDENCE_MAX >> 20));
    TRY(rb_buf_append_zeros(&bytes, digits.len * 3 / 4, err));
    if (bytes.len == 0 ||
        !rb_base64url_get(bytes.ptr, bytes.len, (const char *)digits.ptr, digits.len))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "The evidence has a character in it that is not base64."));
    TRY(check_bytes(rb_buf_slice(&bytes), out, err));
out:
    rb_buf_free(&digits);
    rb_buf_free(&bytes);
    return rc;
}

/* --- made --- */

static bool
comes_before(struct rb_slice a, struct rb_slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);

    return order < 0 || (order == 0 && a.len <= b.len);
}

rb_result
rb_evidence_put(const struct rb_slice *control, size_t n_control, struct rb_slice first,
                struct rb_slice second, struct rb_buf *text_out, struct rebound_error *err)
{
    Rb__Evidence m = RB__EVIDENCE__INIT;
    struct rb_evidence proven;
    struct rb_buf bytes = {0};
    size_t start = text_out->len;
    bool ordered = comes_before(first, second);
    enum rebound_code rc = REBOUND_OK;

    m.control = calloc(n_control > 0 ? n_control : 1, sizeof *m.control);
    if (m.control == NULL)
        return rb_no_memory(err);
    for (size_t i = 0; i < n_control; i++)
        m.control[i] = rb_pb_bytes(control[i]);
    m.n_control = n_control;
    m.first = rb_pb_bytes(ordered ? first : second);
    m.second = rb_pb_bytes(ordered ? second : first);
    TRY(rb_pack(&m.base, &bytes, err));
    TRY(check_bytes(rb_buf_slice(&bytes), &proven, err));
    TRY(put_text(rb_buf_slice(&bytes), text_out, err));
out:
    if (rc != REBOUND_OK)
        text_out->len = start;
    free(m.control);
    rb_buf_free(&bytes);
    return rc;
}

void
rb_evidence_sentence(const struct rb_evidence *e, char out[RB_EVIDENCE_SENTENCE])
{
    char author[65], account[65], first[65], second[65];

    rb_hex_put(author, rb_device_key_slice(&e->author));
    rb_hex_put(account, rb_stream_id_slice(&e->account));
    rb_hex_put(first, rb_record_id_slice(&e->first));
    rb_hex_put(second, rb_record_id_slice(&e->second));
    (void)snprintf(out, RB_EVIDENCE_SENTENCE,
                   "The device %.16s of the account %.16s signed two different records as its "
                   "number %llu in %s: %.16s and "
                   "%.16s. Only a copy of its key can do that%s.",
                   author, account, (unsigned long long)e->sequence,
                   e->kind == RB_STREAM_HOME ? "its journal" : "a shared stream", first, second,
                   e->is_revoked ? "; the device has been removed since" : "");
}
