/* What takes longer than a second says what it does, on standard error, when that is a terminal.
 * Give rb_progress and a struct of this kind to the library as options.progress and ctx, and call
 * rb_progress_end when it is over.
 */
#ifndef RB_CLI_PROGRESS_H
#define RB_CLI_PROGRESS_H

#include "cli/out.h"

struct rb_progress {
    struct rb_out *out;
    int64_t begun_ms, shown_ms; /* 0: not yet */
    bool visible;
};

void rb_progress(void *ctx, const char *doing, uint64_t done, uint64_t total);
void rb_progress_end(struct rb_progress *p);

#endif
