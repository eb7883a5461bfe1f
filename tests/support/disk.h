/* A disk in memory, as a SQLite VFS, that can lose its power or fail at any operation. For what lies above: SQLite, and the
 * vault's cipher between.
 *
 * What was written and not synced before the power went is kept, lost or torn by sectors of 512 bytes, each write by
 * chance; a synced byte stands. Every write, sync, truncation and deletion is an operation and has a number, from 1.
 */
#ifndef T_SUPPORT_DISK_H
#define T_SUPPORT_DISK_H

#include "support/t.h"

enum t_disk_trouble {
    T_DISK_FINE,
    T_DISK_DIES,       /* that operation and all after it do nothing and fail */
    T_DISK_FAILS_ONCE, /* that operation does nothing and fails with `code` */
    T_DISK_FAILS       /* that operation and all after it do nothing and fail with `code`; reading goes on */
};

struct t_disk;

/* Registered under a name of its own until t_disk_free. */
struct t_disk *t_disk_new(uint64_t seed);
void t_disk_free(struct t_disk *disk);
const char *t_disk_vfs(const struct t_disk *disk);

/* From now on the count begins anew, and operation `at` has this trouble. */
void t_disk_arm(struct t_disk *disk, enum t_disk_trouble trouble, int at, int code);
int t_disk_operations(const struct t_disk *disk); /* since t_disk_arm */
/* The machine starts again, with all connections closed: after kill -9 (all that was written is there) or a power cut. */
void t_disk_restart(struct t_disk *disk, bool power_cut);
/* Every read from now on that is longer than one byte gives half and the rest as zeros, until switched off. */
void t_disk_read_short(struct t_disk *disk, bool on);

/* A file's bytes, to look at or alter; NULL when there is none. Borrowed until the next operation. */
struct rb_buf *t_disk_file(struct t_disk *disk, const char *name);
/* All files as they are now; to be put back, as often as wanted. Owned: t_disk_free_image. */
struct t_disk_image;
struct t_disk_image *t_disk_save(const struct t_disk *disk);
void t_disk_load(struct t_disk *disk, const struct t_disk_image *image);
void t_disk_free_image(struct t_disk_image *image);

#endif
