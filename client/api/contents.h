/* The contents of attachments that an import brings: each is sealed into the vault as it comes, and
 * kept only when its entry is there in the end. Inside of api. Not thread-safe.
 */
#ifndef RB_API_CONTENTS_H
#define RB_API_CONTENTS_H

#include "api/save.h"

#include "port/port.h"

struct rb_contents;

/* `refused` hears of those that could not be taken. *out owned: rb_contents_free. */
rb_result rb_contents_new(struct rebound *r, void (*refused)(void *ctx, const char *sentence),
                          void *ctx, struct rb_contents **out, struct rebound_error *err);
/* The entry of a new attachment: it is added together with its content, which comes next, or not at
 * all. Copies. */
rb_result rb_contents_expect(struct rb_contents *contents, const struct rb_import_entry *entry,
                             struct rebound_error *err);
/* The next piece. Of an attachment whose content this account's journal has already it is passed
 * over. What is wrong with it is refused; an error is the vault's. */
rb_result rb_contents_take(struct rb_contents *contents, const struct rb_import_piece *piece,
                           struct rebound_error *err);
/* All pieces came: to `changes`, which hold all that the import brings, it adds what makes the
 * entries find their contents. */
rb_result rb_contents_finish(struct rb_contents *contents, struct rb_changes *changes,
                             struct rebound_error *err);
/* Before the changes are saved: the contents stay. */
rb_result rb_contents_keep(struct rb_contents *contents, struct rebound_error *err);
/* Those that were not kept go. NULL is fine. */
void rb_contents_free(struct rb_contents *contents);

#endif
