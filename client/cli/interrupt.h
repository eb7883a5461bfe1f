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
#include <sys/select.h> /* sigset_t */
#include <sys/types.h>

void rb_interrupt_install(void); /* SIGPIPE and SIGXFSZ are ignored from here on */
bool rb_interrupt_hold(void);    /* true: they were held already */
void rb_interrupt_release(void); /* what is pending takes effect here */
bool rb_interrupt_is_pending(void);
bool rb_interrupt_is_termination(void); /* SIGTERM or SIGHUP is pending, not SIGINT */
void rb_interrupt_forget(void);         /* drops what is pending */
/* Waits, within a held stretch, for a child that this terminal is lent to: Ctrl-C is for the child.
 * False: the process is asked to end before the child does. */
bool rb_interrupt_wait(pid_t child, int *status_out);
/* In a child of a held stretch, before another program takes its place. */
void rb_interrupt_child(void);
/* For options.stop of the library. */
bool rb_interrupt_stop(void *ctx);

/* While something is asked Ctrl-\ and Ctrl-Z are held too, so that whoever asks can put the
 * terminal back before they take effect. */
struct rb_interrupt_question {
    int signals; /* a descriptor that tells what came */
    sigset_t before;
};
rb_result rb_interrupt_question_begin(struct rb_interrupt_question *q, struct rebound_error *err);
void rb_interrupt_question_end(struct rb_interrupt_question *q);
/* Stops this process, as Ctrl-Z asked, and comes back when it goes on. */
void rb_interrupt_question_stop(void);
/* Waits for input and reads what is there; *n_out 0: the end. INTERRUPTED when a signal came first;
 * *stop_out: it was Ctrl-Z, and nothing was read. */
rb_result rb_interrupt_read(const struct rb_interrupt_question *q, int fd, void *out, size_t len,
                            size_t *n_out, bool *stop_out, struct rebound_error *err);

#endif
