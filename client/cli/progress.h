/* What takes longer than a second says what it does, on standard error, when that is a terminal.
 *
 * For calls of the library that report how far they are: give them rb_progress and a struct of this
 * kind as options.progress and ctx. For those that report nothing (a key derivation, a check):
 * rb_progress_begin before, then a thread of its own shows that it goes on; what is reported
 * meanwhile it shows too. rb_progress_end when it is over, in both cases.
 */
#ifndef RB_CLI_PROGRESS_H
#define RB_CLI_PROGRESS_H

#include "cli/out.h"

struct rb_ticker;

struct rb_progress {
    struct rb_out *out;
    struct rb_ticker *ticker;   /* NULL: shown only when something is reported */
    int64_t begun_ms, shown_ms; /* 0: not yet */
    bool visible;
};

/* Where nothing would be shown, or no thread can be had, it does nothing. */
void rb_progress_begin(struct rb_progress *p, struct rb_out *out, const char *doing);
void rb_progress(void *ctx, const char *doing, uint64_t done, uint64_t total);
void rb_progress_end(struct rb_progress *p); /* twice is fine */

#endif
