/* Counts bytes between clients and a server: prints its port, then carries connections until
 * standard input ends, then prints the bytes up and down. Over loopback, one thread, for as many
 * connections as the benchmark makes.
 *
 *   bench_relay SERVER_PORT [CAPTURE]      CAPTURE: a file that gets every byte, both ways
 */
#include "bench/bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAIRS 64

static int
loopback(uint16_t port, bool listening, uint16_t *port_out)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr *name = (struct sockaddr *)(void *)&a;
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        exit(1);
    if (listening
            ? bind(fd, name, len) != 0 || listen(fd, 16) != 0 || getsockname(fd, name, &len) != 0
            : connect(fd, name, len) != 0) {
        perror("bench_relay");
        exit(1);
    }
    *port_out = ntohs(a.sin_port);
    return fd;
}

/* Carries what is there; false at the end. */
static bool
carry(int from, int to, double *count, FILE *capture)
{
    static char bytes[65536];
    ssize_t n = read(from, bytes, sizeof bytes);

    if (n <= 0)
        return false;
    *count += (double)n;
    if (capture != NULL &&
        (fwrite(bytes, 1, (size_t)n, capture) != (size_t)n || fflush(capture) != 0))
        exit(1);
    for (ssize_t at = 0; at < n;) {
        ssize_t sent = send(to, bytes + at, (size_t)(n - at), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return false;
        at += sent > 0 ? sent : 0;
    }
    return true;
}

int
main(int argc, char **argv)
{
    struct pollfd fds[2 + 2 * PAIRS];
    double up = 0, down = 0;
    uint16_t port, ignored, server;
    FILE *capture = NULL;
    int listener;

    if (argc < 2 || argc > 3)
        return 2;
    if (argc == 3 && (capture = fopen(argv[2], "wb")) == NULL) {
        perror(argv[2]);
        return 1;
    }
    server = (uint16_t)strtoul(argv[1], NULL, 10);
    listener = loopback(0, true, &port);
    (void)printf("%u\n", port);
    (void)fflush(stdout);
    fds[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (size_t i = 2; i < 2 + 2 * PAIRS; i++)
        fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    while (poll(fds, 2 + 2 * PAIRS, -1) >= 0 || errno == EINTR) {
        if (fds[0].revents != 0)
            break;
        for (size_t i = 2; fds[1].revents != 0 && i < 2 + 2 * PAIRS; i += 2) {
            if (fds[i].fd >= 0)
                continue;
            fds[i].fd = accept(listener, NULL, NULL);
            fds[i + 1].fd = loopback(server, false, &ignored);
            fds[i].revents = fds[i + 1].revents = 0;
            break;
        }
        for (size_t i = 2; i < 2 + 2 * PAIRS; i += 2) {
            bool open = fds[i].fd >= 0;
            if (open && fds[i].revents != 0)
                open = carry(fds[i].fd, fds[i + 1].fd, &up, capture);
            if (open && fds[i + 1].revents != 0)
                open = carry(fds[i + 1].fd, fds[i].fd, &down, capture);
            if (!open && fds[i].fd >= 0) {
                (void)close(fds[i].fd);
                (void)close(fds[i + 1].fd);
                fds[i].fd = fds[i + 1].fd = -1;
            }
        }
    }
    bench_figure("up_bytes", up);
    bench_figure("down_bytes", down);
    return 0;
}
