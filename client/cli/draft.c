#include "cli/draft.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/private_folder.h"
#include "rebound.h"

#define FOLDER "rebound-draft."
#define TEXT "text.md"
#define OF "of"
#define PATH_SIZE 1024

struct rb_draft {
    char folder[PATH_SIZE];
    char text[PATH_SIZE + 16];
    char of[PATH_SIZE + 16];
};

/* --- where drafts lie --- */

static bool
set_paths(struct rb_draft *d, const char *folder)
{
    return (size_t)snprintf(d->folder, sizeof d->folder, "%s", folder) < sizeof d->folder &&
           (size_t)snprintf(d->text, sizeof d->text, "%s/" TEXT, folder) < sizeof d->text &&
           (size_t)snprintf(d->of, sizeof d->of, "%s/" OF, folder) < sizeof d->of;
}

static rb_result
make_folder(struct rb_draft *d, bool *on_disk_out, struct rebound_error *err)
{
    char folder[PATH_SIZE];
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_private_folder_make(FOLDER, folder, sizeof folder, on_disk_out, err));
    if (!set_paths(d, folder))
        TRY(rb_cli_fail(err, REBOUND_MISUSE, "The path of the folder for drafts is too long."));
out:
    return rc;
}

static rb_result
write_file(const char *path, const char *bytes, size_t len, struct rebound_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum rebound_code rc = REBOUND_OK;

    if (fd < 0)
        return rb_cli_fail(err, rb_cli_code_of(errno), "Could not write %s: %s.", path,
                           rb_cli_reason(errno));
    while (len > 0 && rc == REBOUND_OK) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            rc = rb_cli_fail(err, rb_cli_code_of(errno), "Could not write %s: %s.", path,
                             rb_cli_reason(errno));
            break;
        }
        bytes += n;
        len -= (size_t)n;
    }
    if (close(fd) != 0 && rc == REBOUND_OK)
        rc = rb_cli_fail(err, rb_cli_code_of(errno), "Could not write %s: %s.", path,
                         rb_cli_reason(errno));
    return rc;
}

rb_result
rb_draft_open(const char *of, const char *text, size_t len, struct rb_draft **out,
              bool *on_disk_out, struct rebound_error *err)
{
    struct rb_draft *d = calloc(1, sizeof *d);
    enum rebound_code rc;

    if (d == NULL)
        return rb_cli_no_memory(err);
    rc = make_folder(d, on_disk_out, err);
    if (rc != REBOUND_OK) {
        free(d);
        return rc;
    }
    rc = write_file(d->of, of, strlen(of), err);
    if (rc == REBOUND_OK)
        rc = write_file(d->text, text, len, err);
    if (rc != REBOUND_OK) {
        rb_draft_remove(d);
        return rc;
    }
    *out = d;
    return REBOUND_OK;
}

/* --- what was left behind --- */

/* All of a small file; -1 when it cannot be read or is larger than the room for it. */
static ssize_t
read_small(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    size_t n = 0;
    ssize_t got;

    if (fd < 0)
        return -1;
    while ((got = read(fd, out + n, size - n)) > 0 && (n += (size_t)got) < size)
        ;
    (void)close(fd);
    return got != 0 ? -1 : (ssize_t)n;
}

/* Ours alone, and of what is asked for? Somebody else's folder of that name is never looked into.
 */
static bool
is_draft_of(const char *folder, const char *of, struct rb_draft *out, struct timespec *when_out)
{
    struct stat st;
    char found[512];
    ssize_t n;

    if (lstat(folder, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & 077) != 0)
        return false;
    if (!set_paths(out, folder))
        return false;
    n = read_small(out->of, found, sizeof found);
    if (n < 0 || (size_t)n != strlen(of) || memcmp(found, of, (size_t)n) != 0)
        return false;
    if (lstat(out->text, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return false;
    *when_out = st.st_mtim;
    return true;
}

static bool
is_later(struct timespec a, struct timespec b)
{
    return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

static void
look_in(const char *base, const char *of, struct rb_draft *best, struct timespec *when, bool *found)
{
    DIR *dir = opendir(base);
    const struct dirent *entry;

    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL) {
        struct rb_draft d;
        struct timespec t;
        char folder[PATH_SIZE];
        if (strncmp(entry->d_name, FOLDER, sizeof FOLDER - 1) != 0 ||
            (size_t)snprintf(folder, sizeof folder, "%s/%s", base, entry->d_name) >= sizeof folder)
            continue;
        if (is_draft_of(folder, of, &d, &t) && (!*found || is_later(t, *when))) {
            *best = d;
            *when = t;
            *found = true;
        }
    }
    (void)closedir(dir);
}

rb_result
rb_draft_find(const char *of, struct rb_draft **out, struct rebound_error *err)
{
    struct rb_draft *d = calloc(1, sizeof *d);
    struct timespec when = {0};
    const char *where[4];
    bool found = false;

    if (d == NULL)
        return rb_cli_no_memory(err);
    rb_private_folder_bases(where);
    for (size_t i = 0; where[i] != NULL; i++)
        look_in(where[i], of, d, &when, &found);
    if (!found) {
        free(d);
        d = NULL;
    }
    *out = d;
    return REBOUND_OK;
}

void
rb_draft_close(struct rb_draft *d)
{
    free(d);
}

void
rb_draft_remove(struct rb_draft *d)
{
    DIR *dir;
    const struct dirent *entry;

    if (d == NULL)
        return;
    dir = opendir(d->folder);
    while (dir != NULL &&
           (entry = readdir(dir)) != NULL) { /* what the editor left beside it, too */
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir != NULL)
        (void)closedir(dir);
    (void)rmdir(d->folder);
    free(d);
}

/* --- the editor --- */

static bool
is_program(const char *name)
{
    const char *path = getenv("PATH");
    char full[PATH_SIZE];

    for (path = path == NULL ? "/usr/bin:/bin" : path; *path != '\0';) {
        size_t n = strcspn(path, ":");
        if (n > 0 &&
            (size_t)snprintf(full, sizeof full, "%.*s/%s", (int)n, path, name) < sizeof full &&
            access(full, X_OK) == 0)
            return true;
        path += n + (path[n] == ':' ? 1 : 0);
    }
    return false;
}

static const char *
editor(void)
{
    static const char *const variables[] = {"REBOUND_EDITOR", "VISUAL", "EDITOR"};
    static const char *const programs[] = {"editor", "nano", "vi"};

    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = getenv(variables[i]);
        if (value != NULL && value[strspn(value, " \t")] != '\0')
            return value;
    }
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        if (is_program(programs[i]))
            return programs[i];
    }
    return NULL;
}

/* In the child. The variable may hold options, so a shell splits it; the path is an argument, never
 * part of the command. */
static void
exec_editor(const char *command, const char *path)
{
    char script[PATH_SIZE];

    if ((size_t)snprintf(script, sizeof script, "exec %s \"$1\"", command) < sizeof script)
        (void)execl("/bin/sh", "sh", "-c", script, "sh", path, (char *)NULL);
    _exit(127);
}

rb_result
rb_draft_run_editor(const struct rb_draft *d, struct rebound_error *err)
{
    const char *command = editor();
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old_int, old_quit;
    int status = 0;
    pid_t pid;

    if (command == NULL)
        return rb_cli_fail(
            err, REBOUND_FAILED,
            "There is no editor here. Set EDITOR, or give the text on the command line.");
    /* Ctrl-C in the editor is the editor's. */
    (void)sigaction(SIGINT, &ignore, &old_int);
    (void)sigaction(SIGQUIT, &ignore, &old_quit);
    pid = fork();
    if (pid == 0) {
        (void)sigaction(SIGINT, &old_int, NULL);
        (void)sigaction(SIGQUIT, &old_quit, NULL);
        (void)signal(SIGPIPE, SIG_DFL);
        (void)signal(SIGXFSZ, SIG_DFL);
        (void)umask(077);
        exec_editor(command, d->text);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    (void)sigaction(SIGINT, &old_int, NULL);
    (void)sigaction(SIGQUIT, &old_quit, NULL);
    if (pid < 0)
        return rb_cli_fail(err, rb_cli_code_of(errno), "Could not start %s: %s.", command,
                           rb_cli_reason(errno));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return rb_cli_fail(err, REBOUND_FAILED,
                           "The editor (%.100s) ended with an error, so nothing was saved. Your "
                           "text is kept: the same command offers "
                           "it again.",
                           command);
    return REBOUND_OK;
}

rb_result
rb_draft_read(const struct rb_draft *d, char **text_out, size_t *len_out, struct rebound_error *err)
{
    int fd = open(d->text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char *text = NULL;
    struct stat st;
    ssize_t n;
    enum rebound_code rc = REBOUND_OK;

    if (fd < 0 || fstat(fd, &st) != 0) {
        rc = rb_cli_fail(err, rb_cli_code_of(errno), "Could not read %s: %s.", d->text,
                         rb_cli_reason(errno));
    } else if (st.st_size > (off_t)RB_DRAFT_MAX) {
        rc = rb_cli_fail(
            err, REBOUND_TOO_LARGE,
            "The text is larger than %u bytes. It is kept: shorten it with the same command.",
            RB_DRAFT_MAX);
    } else if ((text = malloc(RB_DRAFT_MAX + 1)) == NULL) {
        rc = rb_cli_no_memory(err);
    } else if ((n = read_small(d->text, text, RB_DRAFT_MAX + 1)) < 0) {
        rc = rb_cli_fail(err, rb_cli_code_of(errno), "Could not read %s: %s.", d->text,
                         rb_cli_reason(errno));
    } else {
        while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
            n--;
        text[n] = '\0';
        *len_out = (size_t)n;
        *text_out = text;
        text = NULL; /* now owned by the caller */
    }
    if (text != NULL)
        rebound_wipe(text, RB_DRAFT_MAX + 1);
    free(text);
    if (fd >= 0)
        (void)close(fd);
    return rc;
}

void
rb_draft_split(const char *text, size_t len, struct rb_draft_parts *out)
{
    const char *end = len > 0 ? memchr(text, '\n', len) : NULL;
    size_t title = end != NULL ? (size_t)(end - text) : len, at = title;

    while (at < len && (text[at] == '\n' || text[at] == '\r'))
        at++;
    while (title > 0 && text[title - 1] == '\r')
        title--;
    *out = (struct rb_draft_parts){
        .title = text, .title_len = title, .text = text + at, .text_len = len - at};
}
