/* A folder of files that a command writes: whole or not at all, readable by this user alone. It
 * grows beside its place under a name of its own and is renamed when all is in it. One that is
 * there already is left as it is.
 */
#ifndef RB_CLI_TARGET_FOLDER_H
#define RB_CLI_TARGET_FOLDER_H

#include "cli/target.h"

struct rb_target_folder {
    char path[4096], temporary[4096]; /* "" : none */
    int dir, fd; /* of the temporary one, of the file that is being written; -1: none */
    int error;   /* errno of what failed; 0: nothing did */
};

/* FAILED when something is there that is not an empty folder; MISUSE, NO_SPACE, IO. Close it in any
 * case; before it is opened it is {.dir = -1, .fd = -1}. */
rb_result rb_target_folder_open(const char *path, struct rb_target_folder *out,
                                struct rebound_error *err);
/* For the library's callbacks; `ctx` is the target. A name may have one folder before it; another
 * one, or one that begins with a dot, is refused. */
enum rebound_code rb_target_folder_file(void *ctx, const char *name);
enum rebound_code rb_target_folder_write(void *ctx, const void *bytes, size_t len);
/* The folder is there, durable, under its own name. */
rb_result rb_target_folder_finish(struct rb_target_folder *target, struct rebound_error *err);
void rb_target_folder_close(struct rb_target_folder *target); /* what was not finished goes */
/* As rb_target_explain. */
rb_result rb_target_folder_explain(const struct rb_target_folder *target, enum rebound_code rc,
                                   struct rebound_error *err);

#endif
