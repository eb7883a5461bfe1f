/* Edits for tests, written in a line: entry, time, device, what they do.
 */
#ifndef T_SUPPORT_EDITS_H
#define T_SUPPORT_EDITS_H

#include "support/t.h"

#include "vault/entries.h"

/* "text" is long text, "step" a kind that lists don't show, "about" refers to an entry, "hidden" is
 * not searched, "title" a title. */
extern const struct rb_entries_schema t_schema;

struct rb_entry_id t_entry_id(unsigned number); /* big-endian at its start: 1 is 00000001… */
struct rb_device_key t_device(uint8_t byte);
struct rb_stream_id t_stream(uint8_t byte);

/* An edit of entry `number`, stamped (wall_ms, 0, device), on top of `parent` (NULL: none). Then
 * pairs until NULL: "field", "value" sets; "+set", "element" adds; "-set", "element" removes;
 * "!", "" deletes; "~", "" restores. Lives until t_edits_free; `bytes` are exact. */
struct rb_edit t_edit(unsigned number, uint64_t wall_ms, uint8_t device,
                      const struct rb_edit *parent, ...) __attribute__((sentinel));
/* The same on top of two. */
struct rb_edit t_edit_over(unsigned number, uint64_t wall_ms, uint8_t device,
                           const struct rb_edit *a, const struct rb_edit *b, ...)
    __attribute__((sentinel));
/* Frees all that were made. */
void t_edits_free(void);

#endif
