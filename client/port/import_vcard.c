/* vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350): each card becomes a contact. What has a field goes
 * there; addresses, birthdays, links and notes are kept as text; pictures, sounds and keys are
 * passed over.
 */
#include <stdlib.h>
#include <string.h>

#include "port/import.h"
#include "port/vcard.h"

struct card {
    struct rb_slice lines; /* between BEGIN and END */
};
struct cards {
    struct card *cards;
    size_t n, room;
};

/* What a card comes to, gathered before it is put in the order of the fields. */
struct gathered {
    struct rb_buf name, parts, organisation, text, uid;
    struct rb_buf emails, phones, tags; /* each ended by a NUL */
    struct rb_buf own;                  /* fields of ours: "name\0value\0" */
};

/* --- a card --- */

/* Each value that is not empty, ended by a NUL; `separator` 0: the value is one. */
static rb_result
put_values(struct rb_slice value, char separator, struct rb_buf *out, struct rebound_error *err)
{
    struct rb_buf part = {0};
    enum rebound_code rc = REBOUND_OK;

    while (rb_vcard_next_part(&value, separator, &part, &rc, err)) {
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

    return value.len > len && rb_vcard_same_word(rb_slice_of(value.ptr, len), prefix)
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

    TRY(rb_vcard_join_parts(value, separator, ", ", &joined, err));
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
           rb_vcard_same_word(rb_slice_of(name.ptr, strlen(OWN)), OWN);
}

static rb_result
gather(struct gathered *g, const struct rb_vcard_property *p, struct rebound_error *err)
{
    static const struct {
        const char *name, *label;
        char separator;
    } noted[] = {{"note", "", 0}, {"title", "", 0},          {"role", "", 0},      {"adr", "", ';'},
                 {"url", "", 0},  {"bday", "Birthday: ", 0}, {"nickname", "", ','}};
    struct rb_slice value = p->value;

    if (memchr(value.len > 0 ? value.ptr : (const uint8_t *)"", 0, value.len) != NULL)
        return rb_fail(err, REBOUND_BAD_FORMAT, "It holds a NUL character.");
    if (rb_vcard_same_word(p->name, "fn"))
        return g->name.len > 0 ? REBOUND_OK : rb_vcard_join_parts(value, 0, " ", &g->name, err);
    if (rb_vcard_same_word(p->name, "n"))
        return g->parts.len > 0 ? REBOUND_OK : rb_vcard_put_name(value, &g->parts, err);
    if (rb_vcard_same_word(p->name, "org"))
        return rb_vcard_join_parts(value, ';', ", ", &g->organisation, err);
    if (rb_vcard_same_word(p->name, "uid"))
        return g->uid.len > 0 ? REBOUND_OK
                              : rb_buf_append_slice(&g->uid, rb_port_trimmed(value), err);
    if (rb_vcard_same_word(p->name, "email"))
        return put_values(without_prefix(value, "mailto:"), 0, &g->emails, err);
    if (rb_vcard_same_word(p->name, "tel"))
        return put_values(without_prefix(value, "tel:"), 0, &g->phones, err);
    if (rb_vcard_same_word(p->name, "categories"))
        return put_values(value, ',', &g->tags, err);
    if (is_own(p->name))
        return put_own(p->name, value, &g->own, err);
    for (size_t i = 0; i < sizeof noted / sizeof noted[0]; i++) {
        if (rb_vcard_same_word(p->name, noted[i].name))
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
    struct rb_vcard_reader reader = {.rest = lines};
    struct rb_vcard_property p;
    bool more = true;
    enum rebound_code rc = REBOUND_OK;

    while (more) {
        TRY(rb_vcard_next(&reader, &p, &more, err));
        if (more)
            TRY(gather(g, &p, err));
    }
out:
    rb_vcard_reader_free(&reader);
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
            return rb_vcard_is_marker(rb_port_trimmed(line), "begin");
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
        if (rb_vcard_is_marker(bare, "begin") && depth++ == 0)
            start = rest.ptr;
        else if (rb_vcard_is_marker(bare, "end") && depth > 0 && --depth == 0)
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
