/* Times a command as a whole process: median of its wall time over some runs, after one that does
 * not count; then, as NAME_cpu, that of its processor time, which other work on the machine hardly
 * touches.
 *
 *   bench_command NAME RUNS COMMAND [ARG …]     a {} in an argument becomes the run's number
 */
#include "bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Replaces {} in a copy of the argument. */
static char *
numbered(const char *arg, size_t run)
{
    const char *at = strstr(arg, "{}");
    size_t size = strlen(arg) + 32;
    char *out = malloc(size);

    if (out == NULL)
        exit(1);
    if (at == NULL)
        (void)snprintf(out, size, "%s", arg);
    else
        (void)snprintf(out, size, "%.*s%zu%s", (int)(at - arg), arg, run, at + 2);
    return out;
}

static double
seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double
run_once(char **command, size_t n, size_t run, const posix_spawn_file_actions_t *actions,
         double *cpu_out)
{
    struct rusage used = {0};
    char **args = calloc(n + 1, sizeof(char *));
    double t;
    pid_t pid;
    int status = 0, code;

    if (args == NULL)
        exit(1);
    for (size_t i = 0; i < n; i++)
        args[i] = numbered(command[i], run);
    t = bench_now_s();
    code = posix_spawnp(&pid, args[0], actions, NULL, args, environ);
    if (code == 0)
        while (wait4(pid, &status, 0, &used) < 0 && errno == EINTR)
            ;
    t = bench_now_s() - t;
    if (code != 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        (void)fprintf(stderr, "bench: %s %s failed (%d)\n", args[0], n > 1 ? args[1] : "",
                      code != 0 ? code : WEXITSTATUS(status));
        exit(1);
    }
    *cpu_out = seconds(used.ru_utime) + seconds(used.ru_stime);
    for (size_t i = 0; i < n; i++)
        free(args[i]);
    free(args);
    return t;
}

int
main(int argc, char **argv)
{
    posix_spawn_file_actions_t actions;
    char name[200];
    size_t runs;
    double *times, *cpu;

    if (argc < 4) {
        (void)fprintf(stderr, "usage: bench_command NAME RUNS COMMAND [ARG …]\n");
        return 2;
    }
    runs = strtoul(argv[2], NULL, 10);
    times = calloc(runs + 1, sizeof *times);
    cpu = calloc(runs + 1, sizeof *cpu);
    if (times == NULL || cpu == NULL || runs == 0 || posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) != 0 ||
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) != 0)
        return 1;
    (void)run_once(argv + 3, (size_t)argc - 3, 0, &actions, cpu);
    for (size_t i = 0; i < runs; i++)
        times[i] = run_once(argv + 3, (size_t)argc - 3, i + 1, &actions, &cpu[i]);
    bench_figure(argv[1], bench_median(times, runs));
    (void)snprintf(name, sizeof name, "%s_cpu", argv[1]);
    bench_figure(name, bench_median(cpu, runs));
    (void)posix_spawn_file_actions_destroy(&actions);
    free(times);
    free(cpu);
    return 0;
}
