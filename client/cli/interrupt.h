/* Ctrl-C and termination. Nothing here is remembered in a variable: what came while signals were
 * held is pending in the kernel, and is asked for there.
 *
 * Outside of held stretches SIGINT, SIGTERM and SIGHUP end the process at once with status 130:
 * what a command confirmed is on disk by then, and what it had begun never happened. Inside, the
 * work is asked to stop and ends in order. Threads that the library starts inside a held stretch
 * never take these signals.
 */
#ifndef RB_CLI_INTERRUPT_H
#define RB_CLI_INTERRUPT_H

#include "cli/fail.h"

#include <stdbool.h>
#include <sys/types.h>

void rb_interrupt_install(void); /* SIGPIPE is ignored from here on */
bool rb_interrupt_hold(void);    /* true: they were held already */
void rb_interrupt_release(void); /* what is pending takes effect here */
bool rb_interrupt_is_pending(void);
bool rb_interrupt_is_termination(void); /* SIGTERM or SIGHUP is pending, not SIGINT */
void rb_interrupt_forget(void);         /* drops what is pending */
/* For options.stop of the library. */
bool rb_interrupt_stop(void *ctx);
/* Reads what is there, while signals are held: INTERRUPTED when one of them came first. *n_out 0:
 * the end. */
rb_result rb_interrupt_read(int fd, void *out, size_t len, size_t *n_out,
                            struct rebound_error *err);

#endif
