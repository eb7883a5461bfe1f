/* Chunks of attachments, to the server and from it, by a few requests one after the other (call.h).
 * Both go on where they stopped: what the server has is not sent again, what is here is not fetched
 * again. Nothing that a server answers is kept unless its hash is the name that was asked for.
 */
#ifndef RB_SYNC_FILES_H
#define RB_SYNC_FILES_H

#include "base/ids.h"
#include "sync/call.h"
#include "vault/blobs.h"

struct rb_files_progress {
    void (*moved)(void *ctx, uint64_t bytes); /* so many more are there; NULL: none */
    bool (*stop)(void *ctx);                  /* NULL: never */
    void *ctx;
};

/* Sends all that waits. OVER_QUOTA and other refusals: what was taken is noted, the rest waits.
 * INTERRUPTED. */
rb_result rb_files_send(struct rb_call *call, struct rb_vault *vault,
                        const struct rb_stream_id *stream, const struct rb_files_progress *progress,
                        struct rebound_error *err);
/* Brings these here, those that are not. NOT_FOUND when the server lacks one; TAMPERED when it
 * answers with something else. */
rb_result rb_files_fetch(struct rb_call *call, struct rb_vault *vault,
                         const struct rb_stream_id *stream, const struct rb_hash *names, size_t n,
                         const struct rb_files_progress *progress, struct rebound_error *err);

#endif
