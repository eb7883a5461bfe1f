/* An entry of Day One's JSON: a text, when and in which time zone, tags, a star, a place. It
 * becomes a note, its photos, films, recordings and documents attachments.
 */
#include <string.h>

#include "base/times.h"
#include "port/import.h"
#include "port/json.h"

/* "![](dayone-moment://…)": where a photo stands in the text. It is attached, so the sign goes. The
 * bytes of it; 0: none begins here. */
static size_t
sign_of_photo(struct rb_slice text)
{
    static const char begin[] = "![](dayone-moment:";
    const uint8_t *end;

    if (text.len < sizeof begin || memcmp(text.ptr, begin, sizeof begin - 1) != 0)
        return 0;
    end = memchr(text.ptr, ')', text.len);
    return end == NULL ? 0 : (size_t)(end - text.ptr) + 1;
}

/* Day One escapes signs of Markdown that need none. */
static rb_result
plain_text(struct rb_slice text, struct rb_buf *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < text.len; i++) {
        bool escaped = text.ptr[i] == '\\' && i + 1 < text.len &&
                       strchr(".-()!+#", text.ptr[i + 1]) != NULL && text.ptr[i + 1] != 0;
        size_t sign = sign_of_photo(rb_slice_of(text.ptr + i, text.len - i));
        if (sign > 0)
            i += sign - 1;
        else if (!escaped)
            TRY(rb_buf_put_u8(out, text.ptr[i], err));
    }
out:
    return rc;
}

static const char *const lists[] = {"photos", "videos", "audios", "pdfAttachments"};
#define N_LISTS (sizeof lists / sizeof lists[0])

static bool
get_name(const json_t *item, struct rb_slice *out)
{
    return rb_port_text(json_object_get(item, "filename"), out) ||
           rb_port_text(json_object_get(item, "pdfName"), out);
}

/* An entry may be a photo alone: its name is the text then. */
static struct rb_slice
name_of_first(const json_t *value)
{
    struct rb_slice name = {0};

    for (size_t i = 0; i < N_LISTS; i++) {
        const json_t *first = json_array_get(json_object_get(value, lists[i]), 0);
        if (first != NULL)
            return get_name(first, &name) ? name : rb_slice_text(i == 0 ? "Photo" : "Recording");
    }
    return name;
}

static rb_result
put_text(struct rb_port_draft *draft, const json_t *value, const char *at,
         struct rebound_error *err)
{
    struct rb_slice text = {0}, trimmed;
    struct rb_buf plain = {0};
    enum rebound_code rc = REBOUND_OK;

    (void)rb_port_text(json_object_get(value, "text"), &text);
    TRY(plain_text(text, &plain, err));
    trimmed = rb_port_trimmed(rb_buf_slice(&plain));
    TRY(rb_port_note_begin(draft, trimmed.len > 0 ? trimmed : name_of_first(value), at, err));
out:
    rb_buf_free(&plain);
    return rc;
}

static rb_result
put_tags(struct rb_port_draft *draft, const json_t *value, struct rebound_error *err)
{
    const json_t *tags = json_object_get(value, "tags"), *tag;
    struct rb_slice text = {0};
    size_t i;
    enum rebound_code rc = REBOUND_OK;

    json_array_foreach(tags, i, tag)
    {
        if (rb_port_text(tag, &text))
            TRY(rb_port_draft_put(draft, rb_slice_text("tags"), text, err));
    }
    if (json_is_true(json_object_get(value, "starred")))
        TRY(rb_port_draft_put(draft, rb_slice_text("tags"), rb_slice_text("starred"), err));
    if (rb_port_text(json_object_get(json_object_get(value, "location"), "placeName"), &text))
        TRY(rb_port_draft_put(draft, rb_slice_text("tags"), text, err));
out:
    return rc;
}

/* Files of media are named after the MD5 of what they hold. */
static const struct rb_media_file *
find_file(const struct rb_media *media, const json_t *item)
{
    struct rb_slice md5 = {0};

    if (!rb_port_text(json_object_get(item, "md5"), &md5))
        return NULL;
    return rb_media_by_stem(media, md5);
}

/* All that are listed with the entry, under the names that they had where there are such. */
static rb_result
attach_all(const json_t *value, const struct rb_media *media, const struct rb_entry_id *of,
           const struct rb_import_target *target, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < N_LISTS; i++) {
        const json_t *list = json_object_get(value, lists[i]), *item;
        size_t k;
        json_array_foreach(list, k, item)
        {
            struct rb_media_wish wish = {.file = find_file(media, item), .of = *of};
            (void)get_name(item, &wish.name);
            if (wish.file != NULL)
                TRY(rb_media_attach(media, &wish, target, err));
        }
    }
out:
    return rc;
}

rb_result
rb_port_dayone_entry(const json_t *value, uint64_t index, const struct rb_media *media,
                     const struct rb_import_target *target, struct rebound_error *err)
{
    struct rb_port_draft draft = {0};
    struct rb_entry_id id;
    struct rb_slice date = {0}, zone = {0};
    char at[RB_TIME_TEXT];
    int64_t ms = 0;
    enum rebound_code rc = REBOUND_OK;

    if (!rb_port_text(json_object_get(value, "creationDate"), &date) || !rb_time_get(date, &ms))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "Its creationDate is no time."));
    rb_time_put(at, ms);
    TRY(put_text(&draft, value, at, err));
    if (rb_port_text(json_object_get(value, "timeZone"), &zone) && zone.len < 64)
        TRY(rb_port_draft_put(&draft, rb_slice_text("zone"), zone, err));
    TRY(put_tags(&draft, value, err));
    TRY(rb_port_draft_hand_over(&draft, index, NULL, target, err));
    rb_port_draft_id(&draft, &id);
    TRY(attach_all(value, media, &id, target, err));
out:
    rb_port_draft_free(&draft);
    return rc;
}
