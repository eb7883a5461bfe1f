/* A file that a command writes: whole or not at all, readable by this user alone; one that is there
 * is replaced only after a yes, unless it is a pipe or a device, which is written to as it is. Or
 * standard output.
 */
#ifndef RB_CLI_TARGET_H
#define RB_CLI_TARGET_H

#include "cli/context.h"

struct rb_target {
    const char *path;     /* NULL: standard output */
    char temporary[4096]; /* where the bytes go until they are all there */
    bool nameless;        /* it has no name yet, `temporary` is a pattern */
    int fd;
    int error; /* errno of a write that failed; 0: none did */
};

/* `path` NULL or "-": standard output. FAILED when the person wants to keep what is there;
 * NO_SPACE, IO. */
rb_result rb_target_open(struct rb_cli *cli, const char *path, struct rb_target *out,
                         struct rebound_error *err);
/* For the library's `write` callbacks; `ctx` is the target. */
enum rebound_code rb_target_write(void *ctx, const void *bytes, size_t len);
/* The file is there, durable, under its own name. */
rb_result rb_target_finish(struct rb_target *target, struct rebound_error *err);
/* What was not finished goes. Fine after finish, and for one that was never opened ({.fd = -1}). */
void rb_target_close(struct rb_target *target);
/* The sentence for a write that failed, in place of the library's; else `rc` as it is. */
rb_result rb_target_explain(const struct rb_target *target, enum rebound_code rc,
                            struct rebound_error *err);

#endif
