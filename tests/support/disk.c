#include "support/disk.h"

#include <sqlite3.h>

enum { MAX_FILES = 6, SECTOR = 512 };

struct write {
    size_t at, len; /* bytes written since the last sync */
};

struct disk_file {
    char name[64];
    bool exists;
    struct rb_buf now, durable;
    struct write *writes;
    size_t n_writes, cap_writes;
    int shared;               /* connections with a lock */
    const void *reserved, *exclusive; /* the connection that has it */
};

struct t_disk {
    sqlite3_vfs vfs;
    char name[40];
    uint64_t random;
    struct disk_file files[MAX_FILES];
    enum t_disk_trouble trouble;
    int at, code, operations;
    bool dead, short_reads;
};

struct t_disk_image {
    struct {
        bool exists;
        char name[64];
        struct rb_buf bytes;
    } files[MAX_FILES];
};

struct handle {
    sqlite3_file base;
    struct t_disk *disk;
    struct disk_file *file;
    int lock;
};

static struct handle *
handle_of(sqlite3_file *base)
{
    return (struct handle *)(void *)base;
}

static void
copy(struct rb_buf *to, const struct rb_buf *from)
{
    rb_buf_clear(to);
    assert_int_equal(REBOUND_OK, rb_buf_append(to, from->ptr, from->len, NULL));
}

static void
set_len(struct rb_buf *buf, size_t len)
{
    if (len > buf->len)
        assert_int_equal(REBOUND_OK, rb_buf_append_zeros(buf, len - buf->len, NULL));
    buf->len = len;
}

/* SQLITE_OK when the next operation may be carried out. */
static int
operation(struct t_disk *disk)
{
    bool now = ++disk->operations == disk->at;

    if (disk->dead)
        return SQLITE_IOERR;
    if (disk->trouble == T_DISK_FINE || (!now && !(disk->trouble == T_DISK_FAILS && disk->operations > disk->at)))
        return SQLITE_OK;
    if (disk->trouble == T_DISK_DIES) {
        disk->dead = true;
        return SQLITE_IOERR;
    }
    return disk->code;
}

static int
disk_write(sqlite3_file *base, const void *bytes, int len, sqlite3_int64 at)
{
    struct handle *h = handle_of(base);
    struct disk_file *file = h->file;
    int rc = operation(h->disk);

    if (rc != SQLITE_OK)
        return rc;
    if (file->now.len < (size_t)at + (size_t)len)
        set_len(&file->now, (size_t)at + (size_t)len);
    memcpy(file->now.ptr + at, bytes, (size_t)len);
    if (file->n_writes == file->cap_writes) {
        file->cap_writes = 2 * file->cap_writes + 64;
        file->writes = realloc(file->writes, file->cap_writes * sizeof *file->writes);
        assert_non_null(file->writes);
    }
    file->writes[file->n_writes++] = (struct write){(size_t)at, (size_t)len};
    return SQLITE_OK;
}

static int
disk_read(sqlite3_file *base, void *out, int len, sqlite3_int64 at)
{
    struct handle *h = handle_of(base);
    size_t have = (size_t)at < h->file->now.len ? h->file->now.len - (size_t)at : 0;

    if (h->disk->dead)
        return SQLITE_IOERR_READ;
    if (have > (size_t)len)
        have = (size_t)len;
    if (h->disk->short_reads && have > 1)
        have /= 2;
    memset(out, 0, (size_t)len);
    if (have > 0)
        memcpy(out, h->file->now.ptr + at, have);
    return have < (size_t)len ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int
disk_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct handle *h = handle_of(base);
    int rc = operation(h->disk);

    if (rc == SQLITE_OK && (size_t)size < h->file->now.len)
        h->file->now.len = (size_t)size;
    return rc;
}

static int
disk_sync(sqlite3_file *base, int flags)
{
    struct handle *h = handle_of(base);
    int rc = operation(h->disk);

    (void)flags;
    if (rc != SQLITE_OK)
        return rc;
    copy(&h->file->durable, &h->file->now);
    h->file->n_writes = 0;
    return SQLITE_OK;
}

static int
disk_size(sqlite3_file *base, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)handle_of(base)->file->now.len;
    return SQLITE_OK;
}

static int
disk_lock(sqlite3_file *base, int level)
{
    struct handle *h = handle_of(base);
    struct disk_file *file = h->file;

    if (level <= h->lock)
        return SQLITE_OK;
    if (file->exclusive != NULL && file->exclusive != h)
        return SQLITE_BUSY;
    if (level >= SQLITE_LOCK_RESERVED && file->reserved != NULL && file->reserved != h)
        return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE) {
        file->exclusive = h; /* pending: no new readers */
        if (file->shared > 1)
            return SQLITE_BUSY;
    }
    if (h->lock == SQLITE_LOCK_NONE)
        file->shared++;
    if (level == SQLITE_LOCK_RESERVED)
        file->reserved = h;
    h->lock = level;
    return SQLITE_OK;
}

static int
disk_unlock(sqlite3_file *base, int level)
{
    struct handle *h = handle_of(base);
    struct disk_file *file = h->file;

    if (file->exclusive == h)
        file->exclusive = NULL;
    if (file->reserved == h)
        file->reserved = NULL;
    if (level == SQLITE_LOCK_NONE && h->lock > SQLITE_LOCK_NONE)
        file->shared--;
    if (h->lock > level)
        h->lock = level;
    return SQLITE_OK;
}

static int
disk_reserved(sqlite3_file *base, int *out)
{
    *out = handle_of(base)->file->reserved != NULL || handle_of(base)->file->exclusive != NULL;
    return SQLITE_OK;
}

static int
disk_control(sqlite3_file *base, int op, void *arg)
{
    (void)base;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int
disk_sector(sqlite3_file *base)
{
    (void)base;
    return SECTOR;
}

static int
disk_characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_SAFE_APPEND | SQLITE_IOCAP_ATOMIC4K | SQLITE_IOCAP_SEQUENTIAL;
}

static int
disk_close(sqlite3_file *base)
{
    return disk_unlock(base, SQLITE_LOCK_NONE);
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = disk_close,
    .xRead = disk_read,
    .xWrite = disk_write,
    .xTruncate = disk_truncate,
    .xSync = disk_sync,
    .xFileSize = disk_size,
    .xLock = disk_lock,
    .xUnlock = disk_unlock,
    .xCheckReservedLock = disk_reserved,
    .xFileControl = disk_control,
    .xSectorSize = disk_sector,
    .xDeviceCharacteristics = disk_characteristics,
};

static struct disk_file *
find(struct t_disk *disk, const char *name, bool create)
{
    struct disk_file *unused = NULL;

    for (size_t i = 0; i < MAX_FILES; i++) {
        if (strcmp(disk->files[i].name, name) == 0)
            return disk->files[i].exists || create ? &disk->files[i] : NULL;
        if (unused == NULL && disk->files[i].name[0] == '\0')
            unused = &disk->files[i];
    }
    if (!create)
        return NULL;
    assert_non_null(unused);
    (void)snprintf(unused->name, sizeof unused->name, "%s", name);
    return unused;
}

static int
disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *flags_out)
{
    struct handle *h = handle_of(base);
    struct t_disk *disk = vfs->pAppData;

    memset(h, 0, sizeof *h);
    if (disk->dead || name == NULL)
        return SQLITE_CANTOPEN;
    h->disk = disk;
    h->file = find(disk, name, (flags & SQLITE_OPEN_CREATE) != 0);
    if (h->file == NULL)
        return SQLITE_CANTOPEN;
    h->file->exists = true;
    h->base.pMethods = &methods;
    if (flags_out != NULL)
        *flags_out = flags;
    return SQLITE_OK;
}

static int
disk_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    struct disk_file *file = find(vfs->pAppData, name, false);
    int rc = operation(vfs->pAppData);

    (void)sync_folder;
    if (rc != SQLITE_OK || file == NULL)
        return rc != SQLITE_OK ? rc : SQLITE_IOERR_DELETE_NOENT;
    file->exists = false;
    rb_buf_clear(&file->now);
    rb_buf_clear(&file->durable);
    file->n_writes = 0;
    return SQLITE_OK;
}

static int
disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    (void)flags;
    *out = find(vfs->pAppData, name, false) != NULL;
    return SQLITE_OK;
}

static int
disk_full_name(sqlite3_vfs *vfs, const char *name, int len, char *out)
{
    (void)vfs;
    sqlite3_snprintf(len, out, "%s", name);
    return SQLITE_OK;
}

static int
disk_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return microseconds;
}

static int
disk_time(sqlite3_vfs *vfs, double *out)
{
    (void)vfs;
    *out = 2461369.5;
    return SQLITE_OK;
}

static int
disk_randomness(sqlite3_vfs *vfs, int len, char *out)
{
    struct t_disk *disk = vfs->pAppData;

    for (int i = 0; i < len; i++)
        out[i] = (char)t_random(&disk->random);
    return len;
}

static int
disk_last_error(sqlite3_vfs *vfs, int len, char *out)
{
    (void)vfs;
    (void)len;
    (void)out;
    return 0;
}

struct t_disk *
t_disk_new(uint64_t seed)
{
    struct t_disk *disk = calloc(1, sizeof *disk);

    assert_non_null(disk);
    disk->random = seed;
    (void)snprintf(disk->name, sizeof disk->name, "disk-%p", (void *)disk);
    disk->vfs = (sqlite3_vfs){
        .iVersion = 1, .szOsFile = (int)sizeof(struct handle), .mxPathname = 60, .zName = disk->name,
        .pAppData = disk, .xOpen = disk_open, .xDelete = disk_delete, .xAccess = disk_access,
        .xFullPathname = disk_full_name, .xRandomness = disk_randomness, .xSleep = disk_sleep,
        .xCurrentTime = disk_time, .xGetLastError = disk_last_error};
    assert_int_equal(SQLITE_OK, sqlite3_vfs_register(&disk->vfs, 0));
    return disk;
}

void
t_disk_free(struct t_disk *disk)
{
    (void)sqlite3_vfs_unregister(&disk->vfs);
    for (size_t i = 0; i < MAX_FILES; i++) {
        rb_buf_free(&disk->files[i].now);
        rb_buf_free(&disk->files[i].durable);
        free(disk->files[i].writes);
    }
    free(disk);
}

const char *
t_disk_vfs(const struct t_disk *disk)
{
    return disk->name;
}

void
t_disk_arm(struct t_disk *disk, enum t_disk_trouble trouble, int at, int code)
{
    disk->trouble = trouble;
    disk->at = at;
    disk->code = code;
    disk->operations = 0;
}

int
t_disk_operations(const struct t_disk *disk)
{
    return disk->operations;
}

void
t_disk_read_short(struct t_disk *disk, bool on)
{
    disk->short_reads = on;
}

/* One write that was never synced, as the power cut left it. */
static void
tear(struct t_disk *disk, struct disk_file *file, struct rb_buf *left, const struct write *w)
{
    uint64_t fate = t_random_below(&disk->random, 3);

    for (size_t at = w->at, end = w->at + w->len; at < end;) {
        size_t next = at - at % SECTOR + SECTOR;
        size_t stop = next < end ? next : end;
        bool keep = fate == 0 || (fate == 1 && t_random_below(&disk->random, 2) == 0);

        if (stop > file->now.len) /* cut off again by a truncation */
            stop = file->now.len;
        if (stop <= at)
            break;
        if (keep) {
            if (left->len < stop)
                set_len(left, stop);
            memcpy(left->ptr + at, file->now.ptr + at, stop - at);
        }
        at = stop;
    }
}

static void
cut_power(struct t_disk *disk, struct disk_file *file)
{
    struct rb_buf left = {0};

    copy(&left, &file->durable);
    if (file->now.len < left.len && t_random_below(&disk->random, 2) == 0)
        left.len = file->now.len; /* the truncation got through */
    for (size_t i = 0; i < file->n_writes; i++)
        tear(disk, file, &left, &file->writes[i]);
    copy(&file->now, &left);
    rb_buf_free(&left);
}

void
t_disk_restart(struct t_disk *disk, bool power_cut)
{
    for (size_t i = 0; i < MAX_FILES; i++) {
        struct disk_file *file = &disk->files[i];
        assert_int_equal(0, file->shared);
        if (power_cut && file->exists)
            cut_power(disk, file);
        copy(&file->durable, &file->now);
        file->n_writes = 0;
    }
    disk->dead = false;
    t_disk_arm(disk, T_DISK_FINE, 0, 0);
}

struct rb_buf *
t_disk_file(struct t_disk *disk, const char *name)
{
    struct disk_file *file = find(disk, name, false);

    return file == NULL ? NULL : &file->now;
}

struct t_disk_image *
t_disk_save(const struct t_disk *disk)
{
    struct t_disk_image *image = calloc(1, sizeof *image);

    assert_non_null(image);
    for (size_t i = 0; i < MAX_FILES; i++) {
        image->files[i].exists = disk->files[i].exists;
        memcpy(image->files[i].name, disk->files[i].name, sizeof image->files[i].name);
        copy(&image->files[i].bytes, &disk->files[i].now);
    }
    return image;
}

void
t_disk_load(struct t_disk *disk, const struct t_disk_image *image)
{
    for (size_t i = 0; i < MAX_FILES; i++) {
        disk->files[i].exists = image->files[i].exists;
        memcpy(disk->files[i].name, image->files[i].name, sizeof disk->files[i].name);
        copy(&disk->files[i].now, &image->files[i].bytes);
        copy(&disk->files[i].durable, &image->files[i].bytes);
        disk->files[i].n_writes = 0;
    }
}

void
t_disk_free_image(struct t_disk_image *image)
{
    for (size_t i = 0; i < MAX_FILES; i++)
        rb_buf_free(&image->files[i].bytes);
    free(image);
}
