/* vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350): each card becomes a contact. What has a field goes
 * there; addresses, birthdays, links and notes are kept as text; pictures, sounds and keys are
 * passed over.
 */
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "port/import.h"

struct card {
    struct rb_slice lines; /* between BEGIN and END */
};
struct cards {
    struct card *cards;
    size_t n, room;
};

/* One property, its value decoded into UTF-8 but its escapes as they are. */
struct property {
    struct rb_slice name;   /* without its group */
    struct rb_slice params; /* ";TYPE=work;…", or empty */
    struct rb_slice value;  /* into the buffer that was given */
};

/* What a card comes to, gathered before it is put in the order of the fields. */
struct gathered {
    struct rb_buf name, parts, organisation, text, uid;
    struct rb_buf emails, phones, tags; /* each ended by a NUL */
    struct rb_buf own;                  /* fields of ours: "name\0value\0" */
};

/* --- lines --- */

static bool
same_word(struct rb_slice word, const char *with)
{
    return word.len == strlen(with) && rb_port_ends_with(word, with);
}

static bool
is_marker(struct rb_slice line, const char *word)
{
    const uint8_t *colon = line.len == 0 ? NULL : memchr(line.ptr, ':', line.len);

    return colon != NULL && same_word(rb_slice_of(line.ptr, (size_t)(colon - line.ptr)), word) &&
           same_word(
               rb_port_trimmed(rb_slice_of(colon + 1, line.len - (size_t)(colon - line.ptr) - 1)),
               "vcard");
}

static bool
has_param(struct rb_slice params, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i + len <= params.len; i++) {
        if (same_word(rb_slice_of(params.ptr + i, len), word) && i > 0 &&
            (params.ptr[i - 1] == ';' || params.ptr[i - 1] == '=' || params.ptr[i - 1] == ',') &&
            (i + len == params.len || strchr(";,=:", params.ptr[i + len]) != NULL))
            return true;
    }
    return false;
}

/* Where the value begins: the colon that is in no quotes. */
static size_t
find_colon(struct rb_slice line)
{
    bool quoted = false;

    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '"')
            quoted = !quoted;
        else if (line.ptr[i] == ':' && !quoted)
            return i;
    }
    return line.len;
}

/* A line that goes on in the next: folded, or quoted-printable with "=" at its end. */
static rb_result
whole_line(struct rb_slice *rest, struct rb_slice line, struct rb_buf *out,
           struct rebound_error *err)
{
    struct rb_slice head = rb_slice_of(line.ptr, find_colon(line)), next;
    bool quoted = has_param(head, "quoted-printable");
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(out);
    TRY(rb_buf_append_slice(out, line, err));
    for (;;) {
        struct rb_slice ahead = *rest;
        bool folded;
        if (!rb_port_next_line(&ahead, &next))
            break;
        folded = next.len > 0 && (next.ptr[0] == ' ' || next.ptr[0] == '\t');
        if (quoted && out->len > 0 && out->ptr[out->len - 1] == '=')
            out->len--;
        else if (!folded)
            break;
        *rest = ahead;
        TRY(rb_buf_append(out, next.ptr + folded, next.len - folded, err));
    }
out:
    return rc;
}

/* --- values --- */

static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (uint8_t)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
decode_quoted_printable(struct rb_buf *value)
{
    size_t to = 0;

    for (size_t i = 0; i < value->len; i++) {
        uint8_t c = value->ptr[i];
        if (c == '=' && i + 2 < value->len && hex_digit(value->ptr[i + 1]) >= 0 &&
            hex_digit(value->ptr[i + 2]) >= 0) {
            c = (uint8_t)(hex_digit(value->ptr[i + 1]) * 16 + hex_digit(value->ptr[i + 2]));
            i += 2;
        }
        value->ptr[to++] = c;
    }
    value->len = to;
}

/* Cards of old telephones name their character set, or are in Windows' without saying so. */
static rb_result
into_utf8(struct rb_buf *value, struct rb_slice params, struct rebound_error *err)
{
    struct rb_buf out = {0};
    char *in = (char *)value->ptr, *to;
    size_t left = value->len, room = 4 * value->len;
    iconv_t conv;
    enum rebound_code rc = REBOUND_OK;

    if (rb_slice_is_utf8(rb_buf_slice(value)))
        return REBOUND_OK;
    conv = iconv_open("UTF-8", has_param(params, "iso-8859-15") ? "ISO-8859-15" : "WINDOWS-1252");
    if (conv == (iconv_t)-1)
        return rb_fail(err, REBOUND_NOT_UTF8, "It is in a character set that is not known here.");
    TRY(rb_buf_reserve(&out, room, err));
    to = (char *)out.ptr;
    while (left > 0 && iconv(conv, &in, &left, &to, &room) == (size_t)-1) {
        if (left == 0 || room < 4)
            break;
        in++; /* a byte that this set leaves undefined */
        left--;
        *to++ = '?';
        room--;
    }
    out.len = (size_t)((uint8_t *)to - out.ptr);
    rb_buf_free(value);
    *value = out;
    out = (struct rb_buf){0}; /* now owned by the caller */
out:
    rb_buf_free(&out);
    (void)iconv_close(conv);
    return rc;
}

/* Splits a whole line; `value` holds what `out` points into. */
static rb_result
read_property(struct rb_slice line, struct rb_buf *value, struct property *out,
              struct rebound_error *err)
{
    size_t colon = find_colon(line), end = 0, start = 0;
    enum rebound_code rc = REBOUND_OK;

    *out = (struct property){0};
    if (colon == line.len)
        return REBOUND_OK;
    while (end < colon && line.ptr[end] != ';') {
        if (line.ptr[end] == '.')
            start = end + 1;
        end++;
    }
    out->name = rb_slice_of(line.ptr + start, end - start);
    out->params = rb_slice_of(line.ptr + end, colon - end);
    rb_buf_clear(value);
    TRY(rb_buf_append(value, line.ptr + colon + 1, line.len - colon - 1, err));
    if (has_param(out->params, "quoted-printable"))
        decode_quoted_printable(value);
    TRY(into_utf8(value, out->params, err));
    out->value = rb_buf_slice(value);
out:
    return rc;
}

/* The next part of a value, up to `separator`, without escapes; false when there is none left. */
static bool
next_part(struct rb_slice *value, char separator, struct rb_buf *out, enum rebound_code *rc,
          struct rebound_error *err)
{
    size_t i = 0;

    rb_buf_clear(out);
    if (value->len == 0 || *rc != REBOUND_OK)
        return false;
    for (; i < value->len && value->ptr[i] != (uint8_t)separator && *rc == REBOUND_OK; i++) {
        uint8_t c = value->ptr[i];
        if (c == '\\' && i + 1 < value->len) {
            c = value->ptr[++i];
            if (c == 'n' || c == 'N')
                c = '\n';
            else if (strchr(",;:\\", c) == NULL)
                *rc = rb_buf_put_u8(out, '\\', err);
        }
        if (*rc == REBOUND_OK)
            *rc = rb_buf_put_u8(out, c, err);
    }
    *value = rb_slice_of(value->ptr + i + (i < value->len), value->len - i - (i < value->len));
    return *rc == REBOUND_OK;
}

/* The parts of a value with `between` between them, those that are empty left out. */
static rb_result
join_parts(struct rb_slice value, char separator, const char *between, struct rb_buf *out,
           struct rebound_error *err)
{
    struct rb_buf part = {0};
    enum rebound_code rc = REBOUND_OK;

    while (next_part(&value, separator, &part, &rc, err)) {
        struct rb_slice trimmed = rb_port_trimmed(rb_buf_slice(&part));
        if (trimmed.len == 0)
            continue;
        if (out->len > 0)
            TRY(rb_buf_append(out, between, strlen(between), err));
        TRY(rb_buf_append_slice(out, trimmed, err));
    }
out:
    rb_buf_free(&part);
    return rc;
}

/* "Family;Given;Additional;Prefix;Suffix" as people say it. */
static rb_result
put_name_parts(struct rb_slice value, struct rb_buf *out, struct rebound_error *err)
{
    static const size_t order[] = {3, 1, 2, 0, 4};
    struct rb_buf parts[5] = {{0}};
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < 5 && next_part(&value, ';', &parts[i], &rc, err); i++)
        ;
    TRY(rc);
    for (size_t i = 0; i < 5; i++) {
        struct rb_slice part = rb_port_trimmed(rb_buf_slice(&parts[order[i]]));
        if (part.len == 0)
            continue;
        if (out->len > 0)
            TRY(rb_buf_put_u8(out, ' ', err));
        TRY(rb_buf_append_slice(out, part, err));
    }
out:
    for (size_t i = 0; i < 5; i++)
        rb_buf_free(&parts[i]);
    return rc;
}

/* --- a card --- */

/* Each value that is not empty, ended by a NUL; `separator` 0: the value is one. */
static rb_result
put_values(struct rb_slice value, char separator, struct rb_buf *out, struct rebound_error *err)
{
    struct rb_buf part = {0};
    enum rebound_code rc = REBOUND_OK;

    while (next_part(&value, separator, &part, &rc, err)) {
        struct rb_slice trimmed = rb_port_trimmed(rb_buf_slice(&part));
        if (trimmed.len == 0)
            continue;
        TRY(rb_buf_append_slice(out, trimmed, err));
        TRY(rb_buf_put_u8(out, 0, err));
    }
out:
    rb_buf_free(&part);
    return rc;
}

static struct rb_slice
without_prefix(struct rb_slice value, const char *prefix)
{
    size_t len = strlen(prefix);

    return value.len > len && same_word(rb_slice_of(value.ptr, len), prefix)
               ? rb_slice_of(value.ptr + len, value.len - len)
               : value;
}

/* A line of the contact's notes: "Address: …". */
static rb_result
put_noted(const char *label, struct rb_slice value, char separator, struct rb_buf *text,
          struct rebound_error *err)
{
    struct rb_buf joined = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(join_parts(value, separator, ", ", &joined, err));
    if (joined.len == 0)
        goto out;
    if (text->len > 0)
        TRY(rb_buf_put_u8(text, '\n', err));
    TRY(rb_buf_append_slice(text, rb_slice_text(label), err));
    TRY(rb_buf_append_slice(text, rb_buf_slice(&joined), err));
out:
    rb_buf_free(&joined);
    return rc;
}

#define OWN "x-rebound-" /* a field of ours that no property is there for */

/* "field\0value\0"; the names are those of the table of kinds, in capitals and with "-". */
static rb_result
put_own(struct rb_slice name, struct rb_slice value, struct rb_buf *out, struct rebound_error *err)
{
    struct rb_buf values = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(put_values(value, 0, &values, err));
    for (size_t i = strlen(OWN); i < name.len && values.len > 0; i++) {
        uint8_t c = name.ptr[i];
        TRY(rb_buf_put_u8(out,
                          c == '-'               ? '_'
                          : c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A'))
                                                 : c,
                          err));
    }
    if (values.len > 0)
        TRY(rb_buf_put_u8(out, 0, err));
    TRY(rb_buf_append_slice(out, rb_buf_slice(&values), err));
out:
    rb_buf_free(&values);
    return rc;
}

static bool
is_own(struct rb_slice name)
{
    return name.len > strlen(OWN) && memchr(name.ptr, 0, name.len) == NULL &&
           same_word(rb_slice_of(name.ptr, strlen(OWN)), OWN);
}

static rb_result
gather(struct gathered *g, const struct property *p, struct rebound_error *err)
{
    static const struct {
        const char *name, *label;
        char separator;
    } noted[] = {{"note", "", 0}, {"title", "", 0},          {"role", "", 0},      {"adr", "", ';'},
                 {"url", "", 0},  {"bday", "Birthday: ", 0}, {"nickname", "", ','}};
    struct rb_slice value = p->value;

    if (memchr(value.len > 0 ? value.ptr : (const uint8_t *)"", 0, value.len) != NULL)
        return rb_fail(err, REBOUND_BAD_FORMAT, "It holds a NUL character.");
    if (same_word(p->name, "fn"))
        return g->name.len > 0 ? REBOUND_OK : join_parts(value, 0, " ", &g->name, err);
    if (same_word(p->name, "n"))
        return g->parts.len > 0 ? REBOUND_OK : put_name_parts(value, &g->parts, err);
    if (same_word(p->name, "org"))
        return join_parts(value, ';', ", ", &g->organisation, err);
    if (same_word(p->name, "uid"))
        return g->uid.len > 0 ? REBOUND_OK
                              : rb_buf_append_slice(&g->uid, rb_port_trimmed(value), err);
    if (same_word(p->name, "email"))
        return put_values(without_prefix(value, "mailto:"), 0, &g->emails, err);
    if (same_word(p->name, "tel"))
        return put_values(without_prefix(value, "tel:"), 0, &g->phones, err);
    if (same_word(p->name, "categories"))
        return put_values(value, ',', &g->tags, err);
    if (is_own(p->name))
        return put_own(p->name, value, &g->own, err);
    for (size_t i = 0; i < sizeof noted / sizeof noted[0]; i++) {
        if (same_word(p->name, noted[i].name))
            return put_noted(noted[i].label, value, noted[i].separator, &g->text, err);
    }
    return REBOUND_OK;
}

static rb_result
put_set(struct rb_port_draft *draft, const char *field, const struct rb_buf *values,
        struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < values->len; i += strlen((const char *)values->ptr + i) + 1)
        TRY(rb_port_draft_put(draft, rb_slice_text(field),
                              rb_slice_text((const char *)values->ptr + i), err));
out:
    return rc;
}

/* Of a later version, or a link to what is elsewhere: passed over. */
static rb_result
put_own_fields(struct rb_port_draft *draft, const struct rb_buf *own, struct rebound_error *err)
{
    const struct rb_kind_row *contact = rb_kind(rb_slice_text("contact"));
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < own->len;) {
        struct rb_slice name = rb_slice_text((const char *)own->ptr + i),
                        value = rb_slice_text((const char *)name.ptr + name.len + 1);
        const struct rb_field_row *row = rb_kind_field(contact, name);
        if (row != NULL && !row->inside && row->type != RB_FIELD_LINK)
            TRY(rb_port_draft_put(draft, name, value, err));
        i += name.len + value.len + 2;
    }
out:
    return rc;
}

/* The name is what there is of: name, its parts, an organisation, an address. */
static rb_result
put_contact(struct rb_port_draft *draft, const struct gathered *g, struct rebound_error *err)
{
    struct rb_slice name = rb_buf_slice(g->name.len > 0    ? &g->name
                                        : g->parts.len > 0 ? &g->parts
                                                           : &g->organisation);
    enum rebound_code rc = REBOUND_OK;

    if (name.len == 0 && g->emails.len > 0)
        name = rb_slice_text((const char *)g->emails.ptr);
    if (name.len == 0)
        TRY(rb_fail(err, REBOUND_EMPTY, "It has no name."));
    TRY(rb_port_draft_begin(draft, rb_kind(rb_slice_text("contact")), err));
    TRY(rb_port_put_line(draft, "name", name, err));
    TRY(rb_port_put_line(draft, "organisation", rb_buf_slice(&g->organisation), err));
    TRY(put_set(draft, "emails", &g->emails, err));
    TRY(put_set(draft, "phones", &g->phones, err));
    TRY(rb_port_draft_put(draft, rb_slice_text("text"), rb_buf_slice(&g->text), err));
    TRY(put_set(draft, "tags", &g->tags, err));
    TRY(put_own_fields(draft, &g->own, err));
out:
    return rc;
}

static rb_result
read_card(struct rb_slice lines, struct gathered *g, struct rebound_error *err)
{
    struct rb_buf whole = {0}, value = {0};
    struct rb_slice line;
    enum rebound_code rc = REBOUND_OK;

    while (rb_port_next_line(&lines, &line)) {
        struct property p;
        TRY(whole_line(&lines, line, &whole, err));
        TRY(read_property(rb_buf_slice(&whole), &value, &p, err));
        TRY(gather(g, &p, err));
    }
out:
    rb_buf_free(&whole);
    rb_buf_free(&value);
    return rc;
}

static rb_result
entry(void *state, uint64_t i, const struct rb_import_target *target, struct rebound_error *err)
{
    const struct cards *c = state;
    struct rb_port_draft draft = {0};
    struct gathered g = {0};
    struct rb_entry_id id;
    bool has_id = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(read_card(c->cards[i].lines, &g, err));
    TRY(put_contact(&draft, &g, err));
    has_id = rb_port_id_of_uid(rb_buf_slice(&g.uid), "contact", &id);
    TRY(rb_port_draft_hand_over(&draft, i + 1, has_id ? &id : NULL, target, err));
out:
    rb_port_draft_free(&draft);
    rb_buf_free(&g.name);
    rb_buf_free(&g.parts);
    rb_buf_free(&g.organisation);
    rb_buf_free(&g.text);
    rb_buf_free(&g.uid);
    rb_buf_free(&g.emails);
    rb_buf_free(&g.phones);
    rb_buf_free(&g.tags);
    rb_buf_free(&g.own);
    return rc;
}

/* --- the file --- */

static bool
begins_as_card(struct rb_slice text)
{
    struct rb_slice line;

    if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
        text = rb_slice_of(text.ptr + 3, text.len - 3);
    while (rb_port_next_line(&text, &line)) {
        if (rb_port_trimmed(line).len > 0)
            return is_marker(rb_port_trimmed(line), "begin");
    }
    return false;
}

static bool
is_it(const struct rb_port_source *source)
{
    for (size_t i = 0; i < source->n; i++) {
        if (begins_as_card(source->files[i].bytes))
            return true;
    }
    return false;
}

static rb_result
add(struct cards *c, struct rb_slice lines, struct rebound_error *err)
{
    if (c->n == c->room) {
        size_t room = c->room == 0 ? 64 : 2 * c->room;
        struct card *grown = realloc(c->cards, room * sizeof *grown);
        if (grown == NULL)
            return rb_no_memory(err);
        c->cards = grown;
        c->room = room;
    }
    c->cards[c->n++].lines = lines;
    return REBOUND_OK;
}

/* A card within a card (an agent's, in 3.0) belongs to the outer one. */
static rb_result
add_cards(struct cards *c, struct rb_slice rest, struct rebound_error *err)
{
    struct rb_slice line;
    const uint8_t *start = NULL;
    unsigned depth = 0;
    enum rebound_code rc = REBOUND_OK;

    if (rest.len >= 3 && memcmp(rest.ptr, "\xef\xbb\xbf", 3) == 0)
        rest = rb_slice_of(rest.ptr + 3, rest.len - 3);
    while (rb_port_next_line(&rest, &line)) {
        struct rb_slice bare = rb_port_trimmed(line);
        if (is_marker(bare, "begin") && depth++ == 0)
            start = rest.ptr;
        else if (is_marker(bare, "end") && depth > 0 && --depth == 0)
            TRY(add(c, rb_slice_of(start, (size_t)(line.ptr - start)), err));
    }
    if (depth > 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "The file is cut off: its last card does not end. Nothing was imported."));
out:
    return rc;
}

static void
close_cards(void *state)
{
    struct cards *c = state;

    free(c->cards);
    free(c);
}

static rb_result
open_cards(const struct rb_port_source *source, void **state_out, uint64_t *n_out,
           struct rebound_error *err)
{
    struct cards *c = calloc(1, sizeof *c);
    enum rebound_code rc = REBOUND_OK;

    if (c == NULL)
        return rb_no_memory(err);
    for (size_t i = 0; i < source->n; i++)
        TRY(add_cards(c, source->files[i].bytes, err));
    if (c->n == 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "There is no vCard in it. Nothing was imported."));
    *state_out = c;
    *n_out = c->n;
    c = NULL; /* now owned by the caller */
out:
    if (c != NULL)
        close_cards(c);
    return rc;
}

const struct rb_import_row rb_import_vcard = {
    .name = "vcard",
    .line = "contacts as vCard 2.1, 3.0 or 4.0",
    .is_it = is_it,
    .open = open_cards,
    .entry = entry,
    .free = close_cards,
};
