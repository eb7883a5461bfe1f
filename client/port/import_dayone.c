/* An entry of Day One's JSON: a text, when and in which time zone, tags, a star, a place. It
 * becomes a note. Photos stay in its folder: they can be attached by hand.
 */
#include <string.h>

#include "base/times.h"
#include "port/import.h"
#include "port/json.h"

/* Day One escapes signs of Markdown that need none. */
static rb_result
put_text(struct rb_port_draft *draft, struct rb_slice text, const char *at,
         struct rebound_error *err)
{
    struct rb_buf plain = {0};
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < text.len; i++) {
        bool escaped = text.ptr[i] == '\\' && i + 1 < text.len &&
                       strchr(".-()!+#", text.ptr[i + 1]) != NULL && text.ptr[i + 1] != 0;
        if (!escaped)
            TRY(rb_buf_put_u8(&plain, text.ptr[i], err));
    }
    TRY(rb_port_note_begin(draft, rb_buf_slice(&plain), at, err));
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

rb_result
rb_port_dayone_entry(const json_t *value, uint64_t index, const struct rb_import_target *target,
                     struct rebound_error *err)
{
    struct rb_port_draft draft = {0};
    struct rb_slice date = {0}, zone = {0}, text = {0};
    char at[RB_TIME_TEXT];
    int64_t ms = 0;
    enum rebound_code rc = REBOUND_OK;

    if (!rb_port_text(json_object_get(value, "creationDate"), &date) || !rb_time_get(date, &ms))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "Its creationDate is no time."));
    rb_time_put(at, ms);
    (void)rb_port_text(json_object_get(value, "text"), &text);
    TRY(put_text(&draft, text, at, err));
    if (rb_port_text(json_object_get(value, "timeZone"), &zone) && zone.len < 64)
        TRY(rb_port_draft_put(&draft, rb_slice_text("zone"), zone, err));
    TRY(put_tags(&draft, value, err));
    TRY(rb_port_draft_hand_over(&draft, index, NULL, target, err));
out:
    rb_port_draft_free(&draft);
    return rc;
}
