#include "support/host.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM T_BUILD_DIR "/server/reboundd"

/* Runs the program with its output in a pipe; *pid_out. */
static FILE *
run(const char *const *argv, pid_t *pid_out)
{
    int fds[2];
    pid_t pid;
    FILE *out = NULL;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(fds[1], STDOUT_FILENO);
        (void)close(fds[0]);
        (void)close(fds[1]);
        (void)execv(PROGRAM, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(fds[1]);
    out = fdopen(fds[0], "r");
    assert_non_null(out);
    *pid_out = pid;
    return out;
}

static void
read_line(FILE *from, char *out, size_t size)
{
    if (fgets(out, (int)size, from) == NULL)
        fail_msg("%s printed nothing", PROGRAM);
    out[strcspn(out, "\n")] = '\0';
}

static void
serve(struct t_host *host)
{
    const char *argv[] = {PROGRAM, "serve", "--data", host->data, "--listen", host->listen, NULL};
    const char *at = NULL;
    FILE *out = run(argv, &host->pid);

    read_line(out, host->link, sizeof host->link);
    (void)fclose(out);
    at = strstr(host->link, "://");
    assert_non_null(at);
    (void)snprintf(host->address, sizeof host->address, "%.*s", (int)strcspn(at + 3, "/"), at + 3);
    (void)snprintf(host->listen, sizeof host->listen, "tcp://%s",
                   strchr(host->address, ':') != NULL ? host->address : "127.0.0.1:7443");
}

void
t_host_start(struct t_host *host)
{
    const char *argv[] = {PROGRAM, "invite", "--data", host->data, "--uses", "100", NULL};
    FILE *out = NULL;
    pid_t pid;

    *host = (struct t_host){.pid = 0};
    (void)snprintf(host->data, sizeof host->data, "%s/server", t_temp_dir());
    (void)snprintf(host->listen, sizeof host->listen, "tcp://127.0.0.1:0");
    serve(host);
    out = run(argv, &pid);
    read_line(out, host->invite, sizeof host->invite);
    (void)fclose(out);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

void
t_host_kill(struct t_host *host)
{
    if (host->pid == 0)
        return;
    assert_int_equal(kill(host->pid, SIGKILL), 0);
    assert_int_equal(waitpid(host->pid, NULL, 0), host->pid);
    host->pid = 0;
}

void
t_host_again(struct t_host *host)
{
    assert_int_equal(host->pid, 0);
    serve(host);
}
