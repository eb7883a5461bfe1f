#include "admin/control.h"

#include "os/posix.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static rb_result
send_all(int fd, struct rb_slice s, const char *path, struct rebound_error *err)
{
    while (s.len > 0) {
        ssize_t n = send(fd, s.ptr, s.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return rb_os_fail(errno, "Could not write to %s: %s.", path, err);
        s = rb_slice_of(s.ptr + n, s.len - (size_t)n);
    }
    return REBOUND_OK;
}

rb_result
rbd_control_ask(const char *path, const char *command, int *status_out, struct rb_buf *text,
                struct rebound_error *err)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = 30};
    struct rb_buf out = {0};
    uint8_t in[4096];
    ssize_t n;
    int fd = -1;
    enum rebound_code rc = REBOUND_OK;

    if (strlen(path) >= sizeof to.sun_path)
        return rb_fail(err, REBOUND_MISUSE, "%s is too long for a socket. Choose a shorter data folder.", path);
    memcpy(to.sun_path, path, strlen(path));
    rb_buf_clear(text);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        TRY(rb_os_fail(errno, "Could not make a socket for %s: %s.", path, err));
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)(const void *)&to, sizeof to) != 0)
        TRY(rb_fail(err, REBOUND_NO_CONNECTION, "No server answers at %s: %s.", path, strerror(errno)));
    TRY(rb_buf_append(&out, "RBA1", 4, err));
    TRY(rb_buf_put_u32(&out, (uint32_t)strlen(command), err));
    TRY(rb_buf_append_slice(&out, rb_slice_text(command), err));
    TRY(send_all(fd, rb_buf_slice(&out), path, err));
    while ((n = recv(fd, in, sizeof in, 0)) > 0)
        TRY(rb_buf_append(text, in, (size_t)n, err));
    if (n < 0 || text->len == 0)
        TRY(rb_fail(err, REBOUND_CUT_OFF, "The server did not answer the command."));
    *status_out = text->ptr[0];
    rb_buf_consume(text, 1);
out:
    if (fd >= 0)
        (void)close(fd);
    rb_buf_free(&out);
    return rc;
}
