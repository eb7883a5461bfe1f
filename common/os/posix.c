#include "os/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/language.h"

static atomic_int log_level = RB_LOG_WARN;

static uint64_t
clock_ms(clockid_t clock)
{
    struct timespec ts = {0};

    (void)clock_gettime(clock, &ts); /* these two clocks are always there on Linux */
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static uint64_t
wall_ms(void *ctx)
{
    (void)ctx;
    return clock_ms(CLOCK_REALTIME);
}

static uint64_t
monotonic_ms(void *ctx)
{
    (void)ctx;
    return clock_ms(CLOCK_BOOTTIME); /* runs through suspend */
}

static void
random_bytes(void *ctx, void *out, size_t len)
{
    (void)ctx;
    randombytes_buf(out, len);
}

static void
log_line(void *ctx, enum rb_log_level level, const char *line)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};

    (void)ctx;
    if ((int)level <= atomic_load(&log_level))
        (void)fprintf(stderr, "%s: %s\n", names[level], line);
}

const struct rb_env *
rb_os_env(void)
{
    static const struct rb_env env = {
        .wall_ms = wall_ms, .monotonic_ms = monotonic_ms, .random = random_bytes, .log = log_line};

    return &env;
}

const struct rb_env *
rb_os_quiet_env(void)
{
    static const struct rb_env env = {
        .wall_ms = wall_ms, .monotonic_ms = monotonic_ms, .random = random_bytes};

    return &env;
}

void
rb_os_set_log_level(enum rb_log_level level)
{
    atomic_store(&log_level, (int)level);
}

enum rebound_code
rb_os_code(int error)
{
    return error == ENOSPC || error == EDQUOT ? REBOUND_NO_SPACE
           : error == ENOENT                  ? REBOUND_NOT_FOUND
           : error == ENOMEM                  ? REBOUND_NO_MEMORY
                                              : REBOUND_IO;
}

const char *
rb_os_reason(int error)
{
    /* As the C library words them, so that whoever has its words alone finds them too. */
    static const struct {
        int error;
        const char *text;
    } rows[] = {{ENOENT, RB_TEXT("No such file or directory")},
                {EACCES, RB_TEXT("Permission denied")},
                {EPERM, RB_TEXT("Operation not permitted")},
                {ENOSPC, RB_TEXT("No space left on device")},
                {EDQUOT, RB_TEXT("Disk quota exceeded")},
                {EFBIG, RB_TEXT("File too large")},
                {EROFS, RB_TEXT("Read-only file system")},
                {EIO, RB_TEXT("Input/output error")},
                {EISDIR, RB_TEXT("Is a directory")},
                {ENOTDIR, RB_TEXT("Not a directory")},
                {EEXIST, RB_TEXT("File exists")},
                {ENOTEMPTY, RB_TEXT("Directory not empty")},
                {ENAMETOOLONG, RB_TEXT("File name too long")},
                {ELOOP, RB_TEXT("Too many levels of symbolic links")},
                {EMFILE, RB_TEXT("Too many open files")},
                {EBUSY, RB_TEXT("Device or resource busy")},
                {ENOMEM, RB_TEXT("Cannot allocate memory")},
                {EBADF, RB_TEXT("Bad file descriptor")},
                {EINVAL, RB_TEXT("Invalid argument")}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].error == error)
            return rb_tr(rows[i].text);
    }
    return strerror(error); /* of this thread alone, in glibc and musl */
}

/* Syncs the folder that holds `path`, so that a rename or removal in it is on disk. */
static int
sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL   ? strdup(".")
                   : slash == path ? strdup("/")
                                   : strndup(path, (size_t)(slash - path));
    int error = 0, fd;

    if (folder == NULL)
        return ENOMEM;
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        error = errno;
    if (fd >= 0)
        (void)close(fd);
    free(folder);
    return error;
}

/* One folder; its mode is set again since the umask may have cut it. A new one is made to last, or
 * what is synced in it later could be lost with it. */
static int
make_one(const char *path)
{
    struct stat st;

    if (mkdir(path, 0700) == 0)
        return chmod(path, 0700) == 0 ? sync_folder_of(path) : errno;
    if (errno != EEXIST)
        return errno;
    if (stat(path, &st) != 0)
        return errno;
    return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
}

rb_result
rb_os_make_folder(const char *path, struct rebound_error *err)
{
    char *copy = strdup(path);
    int error = 0;

    if (copy == NULL)
        return rb_no_memory(err);
    for (char *p = copy + 1; error == 0 && *copy != '\0' && *p != '\0'; p++) {
        if (*p == '/') {
            *p = '\0';
            error = make_one(copy);
            *p = '/';
        }
    }
    if (error == 0)
        error = make_one(copy);
    free(copy);
    return error == 0 ? REBOUND_OK : rb_os_fail(error, "Could not make the folder %s: %s.", path, err);
}

bool
rb_os_is_network_folder(const char *path)
{
    /* From statfs(2): NFS, SMB, CIFS, SMB2, AFS, CODA, 9p, CEPH, GFS2, OCFS2. FUSE may be local:
     * not refused. */
    static const unsigned long types[] = {0x6969,     0x517b,     0xff534d42, 0xfe534d42,
                                          0x5346414f, 0x73757245, 0x01021997, 0x00c36400,
                                          0x01161970, 0x7461636f};
    struct statfs fs;

    if (statfs(path, &fs) != 0)
        return false;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (((unsigned long)fs.f_type & 0xffffffff) == types[i])
            return true;
    }
    return false;
}

bool
rb_os_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

rb_result
rb_os_look(const char *path, bool *there_out, struct rebound_error *err)
{
    bool there = access(path, F_OK) == 0;

    if (!there && errno != ENOENT && errno != ENOTDIR)
        return rb_os_fail(errno, "Could not look at %s: %s.", path, err);
    *there_out = there;
    return REBOUND_OK;
}

static int
write_all(int fd, struct rb_slice bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        bytes = rb_slice_of(bytes.ptr + n, bytes.len - (size_t)n);
    }
    return 0;
}

rb_result
rb_os_write_file(const char *path, struct rb_slice bytes, struct rebound_error *err)
{
    size_t size = strlen(path) + 8;
    char *temp = malloc(size);
    int fd = -1, error = 0;

    if (temp == NULL)
        return rb_no_memory(err);
    (void)snprintf(temp, size, "%s.XXXXXX", path);
    fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0) {
        error = errno;
        free(temp);
        return rb_os_fail(error, "Could not make a new file for %s: %s.", path, err);
    }
    error = fchmod(fd, 0600) == 0 ? 0 : errno; /* whatever the umask has cut */
    if (error == 0)
        error = write_all(fd, bytes);
    if (error == 0 && fsync(fd) != 0)
        error = errno;
    if (close(fd) != 0 && error == 0)
        error = errno;
    if (error == 0 && rename(temp, path) != 0)
        error = errno;
    if (error != 0)
        (void)unlink(temp);
    else
        error = sync_folder_of(path);
    free(temp);
    return error == 0 ? REBOUND_OK : rb_os_fail(error, "Could not write %s: %s.", path, err);
}

rb_result
rb_os_open(const char *path, int *fd_out, struct rebound_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0)
        return rb_os_fail(errno, "Could not open %s: %s.", path, err);
    *fd_out = fd;
    return REBOUND_OK;
}

rb_result
rb_os_read(int fd, const char *path, void *to, size_t room, size_t *n_out, struct rebound_error *err)
{
    ssize_t n;

    do
        n = read(fd, to, room);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return rb_os_fail(errno, "Could not read %s: %s.", path, err);
    *n_out = (size_t)n;
    return REBOUND_OK;
}

void
rb_os_close(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

rb_result
rb_os_read_file(const char *path, size_t max, struct rb_buf *out, struct rebound_error *err)
{
    struct stat st;
    size_t n = 1;
    int fd = -1;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_os_open(path, &fd, err));
    rb_buf_clear(out);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && (uint64_t)st.st_size <= max)
        TRY(rb_buf_reserve(out, (size_t)st.st_size + 1, err));
    while (n > 0) {
        TRY(rb_buf_reserve(out, out->cap > out->len ? out->cap - out->len : 4096, err));
        TRY(rb_os_read(fd, path, out->ptr + out->len, out->cap - out->len, &n, err));
        out->len += n;
        if (out->len > max)
            TRY(rb_fail(err, REBOUND_TOO_LARGE, "%s is larger than the %zu bytes that are allowed.",
                        path, max));
    }
out:
    rb_os_close(fd);
    if (rc != REBOUND_OK)
        rb_buf_free(out);
    return rc;
}

rb_result
rb_os_remove_file(const char *path, struct rebound_error *err)
{
    int error = unlink(path) == 0 ? sync_folder_of(path) : errno == ENOENT ? 0 : errno;

    return error == 0 ? REBOUND_OK : rb_os_fail(error, "Could not remove %s: %s.", path, err);
}

rb_result
rb_os_rename(const char *from, const char *to, struct rebound_error *err)
{
    int error = rename(from, to) == 0 ? sync_folder_of(to) : errno;

    return error == 0 ? REBOUND_OK : rb_os_fail(error, "Could not rename %s: %s.", from, err);
}

rb_result
rb_os_make_private(const char *path, struct rebound_error *err)
{
    return chmod(path, 0600) == 0 || errno == ENOENT
               ? REBOUND_OK
               : rb_os_fail(errno, "Could not set the rights of %s: %s.", path, err);
}

void
rb_os_remove_folder(const char *path)
{
    (void)rmdir(path);
}

bool
rb_os_file_id(const char *path, struct rb_os_file_id *out)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return false;
    *out = (struct rb_os_file_id){.device = (uint64_t)st.st_dev, .file = (uint64_t)st.st_ino};
    return true;
}

uint64_t
rb_os_file_size(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size : 0;
}

void
rb_os_host_name(char *out, size_t size)
{
    char name[256] = "";

    if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0' || strlen(name) >= size ||
        !rb_slice_is_utf8(rb_slice_text(name)))
        (void)snprintf(name, sizeof name, "this device");
    (void)snprintf(out, size, "%s", name);
}

/* What stands behind "zoneinfo/" in a path, or NULL. */
static const char *
zone_of_path(const char *path)
{
    static const char folder[] = "zoneinfo/";
    const char *found = strstr(path, folder);

    return found == NULL ? NULL : found + sizeof folder - 1;
}

static bool
is_zone_name(const char *name, size_t size)
{
    return name != NULL && name[0] != '\0' && strlen(name) < size &&
           strspn(name,
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-<>,.:") ==
               strlen(name);
}

void
rb_os_zone_name(char *out, size_t size)
{
    const char *name = getenv("TZ");
    char path[512];
    ssize_t n;

    if (name != NULL && name[0] == ':')
        name++;
    if (name != NULL && name[0] == '/')
        name = zone_of_path(name);
    if (!is_zone_name(name, size)) {
        n = readlink("/etc/localtime", path, sizeof path - 1);
        path[n > 0 ? n : 0] = '\0';
        name = zone_of_path(path);
    }
    (void)snprintf(out, size, "%s", is_zone_name(name, size) ? name : "UTC");
}

/* Whether the open file is still the one that the path names: whoever held the lock before may have
 * removed it. */
static bool
is_still_there(int fd, const char *path)
{
    struct stat ours, named;

    return fstat(fd, &ours) == 0 && stat(path, &named) == 0 && ours.st_dev == named.st_dev &&
           ours.st_ino == named.st_ino;
}

rb_result
rb_os_lock(const char *path, uint32_t wait_ms, int *fd_out, struct rebound_error *err)
{
    uint64_t end = monotonic_ms(NULL) + wait_ms;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return rb_os_fail(errno, "Could not open the lock %s: %s.", path, err);
    (void)fchmod(fd, 0600); /* whatever the umask has cut; another's file stays as it is */
    /* flock belongs to the open file, so two holders in one process exclude each other as well. */
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        const struct timespec pause = {.tv_nsec = 2000000};
        int error = errno;
        if (error != EWOULDBLOCK && error != EINTR) {
            (void)close(fd);
            return rb_os_fail(error, "Could not lock %s: %s.", path, err);
        }
        if (monotonic_ms(NULL) >= end) {
            (void)close(fd);
            return rb_fail(err, REBOUND_BUSY, "%s is held by another process.", path);
        }
        (void)nanosleep(&pause, NULL);
    }
    if (!is_still_there(fd, path)) {
        uint64_t now = monotonic_ms(NULL);
        (void)close(fd);
        return rb_os_lock(path, now < end ? (uint32_t)(end - now) : 0, fd_out, err);
    }
    *fd_out = fd;
    return REBOUND_OK;
}

void
rb_os_unlock(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

void
rb_os_harden_process(void)
{
    const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
