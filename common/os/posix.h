/* The system, for real: clock, randomness, log, folders, small files, file locks, what a process may leak. Everything else
 * in common is pure. Thread-safe unless said otherwise.
 */
#ifndef RB_OS_POSIX_H
#define RB_OS_POSIX_H

#include "base/bytes.h"
#include "base/env.h"
#include "base/error.h"

/* Static; logs to standard error, warnings and worse unless rb_os_set_log_level was called. */
const struct rb_env *rb_os_env(void);
void rb_os_set_log_level(enum rb_log_level level);
/* The same without a log: for a library, which prints nothing. */
const struct rb_env *rb_os_quiet_env(void);

/* Makes a folder and those above it, mode 0700 whatever the umask; fine when it is there. IO, NO_SPACE. */
rb_result rb_os_make_folder(const char *path, struct rebound_error *err);
/* Is it on NFS, SMB, 9p or a like, where locks and logs cannot be trusted? False when it cannot be told. */
bool rb_os_is_network_folder(const char *path);
bool rb_os_exists(const char *path);
/* The same where it matters that it could not be looked at: IO then. */
rb_result rb_os_look(const char *path, bool *there_out, struct rebound_error *err);

/* Replaces a small file whole or not at all: a new file beside it (0600), synced, renamed, the folder synced. */
rb_result rb_os_write_file(const char *path, struct rb_slice bytes, struct rebound_error *err);
/* All of a file of at most max bytes, into `out` (replaced). NOT_FOUND, TOO_LARGE, IO. */
rb_result rb_os_read_file(const char *path, size_t max, struct rb_buf *out, struct rebound_error *err);
/* A file that is read bit by bit; *n_out 0: its end. NOT_FOUND, IO. */
rb_result rb_os_open(const char *path, int *fd_out, struct rebound_error *err);
rb_result rb_os_read(int fd, const char *path, void *to, size_t room, size_t *n_out, struct rebound_error *err);
void rb_os_close(int fd); /* -1 is fine */
/* Removes a file and syncs its folder; fine when there is none. */
rb_result rb_os_remove_file(const char *path, struct rebound_error *err);

/* Gives a file another name in the same folder, in place of what had it, at once and for good. NOT_FOUND, IO, NO_SPACE. */
rb_result rb_os_rename(const char *from, const char *to, struct rebound_error *err);
/* Mode 0600, whatever it was; fine when there is none. */
rb_result rb_os_make_private(const char *path, struct rebound_error *err);
/* Removes an empty folder; one that is not empty stays. */
void rb_os_remove_folder(const char *path);

/* Which file a path names now: another one after it was replaced. */
struct rb_os_file_id {
    uint64_t device, file;
};
bool rb_os_file_id(const char *path, struct rb_os_file_id *out); /* false when there is none */

/* Bytes in a file; 0 when there is none. */
uint64_t rb_os_file_size(const char *path);
/* The host's name, UTF-8, cut to fit, never empty: "this device" when it has none that can be shown. */
void rb_os_host_name(char *out, size_t size);
/* The time zone's name as in "Europe/Berlin": TZ's, or the system's; "UTC" when there is none. */
void rb_os_zone_name(char *out, size_t size);

/* An exclusive lock on a file (made when missing), between processes and between holders in one. Waits up to wait_ms,
 * then BUSY. *fd_out holds it until rb_os_unlock. */
rb_result rb_os_lock(const char *path, uint32_t wait_ms, int *fd_out, struct rebound_error *err);
void rb_os_unlock(int fd); /* -1 is fine */

/* No core dumps, no ptrace by others of this user. What the system refuses is passed over: nothing depends on it. */
void rb_os_harden_process(void);

/* What errno means, as our code: ENOSPC and EDQUOT are NO_SPACE, ENOENT NOT_FOUND, ENOMEM NO_MEMORY, the rest IO. */
enum rebound_code rb_os_code(int error);
/* …and for people, in the language in use; it lives until the thread asks again. */
const char *rb_os_reason(int error);
/* Fails with that code and a whole sentence: a literal that takes the path, then the reason: "Could not write %s: %s.". */
#define rb_os_fail(error, sentence, path, err) \
    rb_fail((err), rb_os_code(error), sentence, (path), rb_os_reason(error))

#endif
