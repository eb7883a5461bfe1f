/* reboundd: the sync server. Finds the command and starts it; all it does is in the folders beside this file. */
#include "admin/admin.h"
#include "admin/control.h"
#include "base/secret.h"
#include "config.h"
#include "help.h"
#include "net/identity.h"
#include "net/net.h"
#include "os/posix.h"
#include "wire/link.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int
failed(enum rebound_code rc, const struct rebound_error *err)
{
    (void)fprintf(stderr, "reboundd: %s\n", err->sentence);
    return rebound_error_exit_status(rc);
}

/* What a serving process holds, to be let go in reverse. */
struct serving {
    const struct rbd_config *config;
    int lock;
    struct rbd_store *store;
    struct rbd_identity *identity;
    struct rbd_net *net;
    char link[1024];
    struct rbd_admin admin;
};

static bool
run_admin(void *ctx, struct rbd_store_writer *writer, struct rb_slice command, struct rb_buf *answer)
{
    return rbd_admin_run(ctx, writer, command, answer);
}

/* `make`: what is not there is made; else it is missed. */
static rb_result
open_store(struct serving *s, bool make, bool *first_out, struct rebound_error *err)
{
    char path[4096];
    enum rebound_code rc = REBOUND_OK;

    (void)snprintf(path, sizeof path, "%s/identity.key", s->config->data);
    if (!make && !rb_os_exists(path))
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "There is no server data in %s. Start the server first, or say --data.",
                    s->config->data));
    TRY(rb_os_make_folder(s->config->data, err));
    (void)snprintf(path, sizeof path, "%s/lock", s->config->data);
    rc = rb_os_lock(path, 0, &s->lock, err);
    if (rc == REBOUND_BUSY)
        rc = rb_fail(err, REBOUND_BUSY, "A reboundd is running on %s already. Stop it first, or use another --data.",
                     s->config->data);
    TRY(rc);
    TRY(rbd_store_open(rb_os_env(), s->config->data, &s->store, err));
    TRY(rbd_identity_load(rb_os_env(), s->config->data, &s->identity, first_out, err));
out:
    return rc;
}

static rb_result
listen_all(struct serving *s, struct rebound_error *err)
{
    char url[4200];
    uint16_t port = 0;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < s->config->n_listen; i++) {
        uint16_t bound = 0;
        TRY(rbd_net_listen(s->net, s->config->listen[i], false, &bound, err));
        port = port == 0 ? bound : port;
    }
    TRY(rbd_config_link(s->config, port, &s->identity->current.key, s->link, sizeof s->link, err));
    /* For `invite` while no server runs: it would not know the port. */
    (void)snprintf(url, sizeof url, "%s/link", s->config->data);
    TRY(rb_os_write_file(url, rb_slice_text(s->link), err));
    /* Last: whoever asks there for an invite gets the link. */
    (void)snprintf(url, sizeof url, "ipc://%s/admin.sock", s->config->data);
    TRY(rbd_net_listen(s->net, url, true, NULL, err));
out:
    return rc;
}

/* The link as the server printed it last; as configured, when it never did, or is to be called otherwise from now on. */
static rb_result
recall_link(struct serving *s, struct rebound_error *err)
{
    struct rb_buf text = {0};
    struct rb_link link;
    char path[4096];
    enum rebound_code rc = REBOUND_OK;

    (void)snprintf(path, sizeof path, "%s/link", s->config->data);
    if (s->config->public_address == NULL && rb_os_read_file(path, sizeof s->link - 1, &text, NULL) == REBOUND_OK) {
        (void)snprintf(s->link, sizeof s->link, "%.*s", (int)text.len, (const char *)text.ptr);
        if (rb_link_parse(s->link, &link, NULL) == REBOUND_OK && link.has_key &&
            rb_server_key_equal(&link.key, &s->identity->current.key))
            goto out;
    }
    TRY(rbd_config_link(s->config, 0, &s->identity->current.key, s->link, sizeof s->link, err));
out:
    rb_buf_free(&text);
    return rc;
}

/* Until a signal says to stop, or the store says that it can go on no more. */
static rb_result
wait_for_end(const struct serving *s, const sigset_t *signals, struct rebound_error *err)
{
    const struct timespec moment = {.tv_sec = 1};

    while (sigtimedwait(signals, NULL, &moment) < 0) {
        if (rbd_net_is_broken(s->net))
            return rb_fail(err, REBOUND_IO,
                           "The disk under %s failed while writing. Nothing that was acknowledged is lost; the server stops, "
                           "since it cannot tell what the disk keeps. Look at the disk, then start it again.",
                           s->config->data);
    }
    return REBOUND_OK;
}

static int
serve(const struct rbd_config *config)
{
    struct serving s = {.config = config, .lock = -1};
    struct rbd_net_options options = {.env = rb_os_env(),
                                      .open_registration = config->open_registration,
                                      .quota_bytes = config->quota_bytes,
                                      .max_connections = config->max_connections,
                                      .admin = run_admin,
                                      .admin_ctx = &s.admin};
    struct rb_buf invite = {0};
    struct rebound_error err = {0};
    sigset_t signals;
    bool first = false;
    enum rebound_code rc;

    /* Blocked before any thread starts, so that only sigwait below sees them. */
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a full disk, and told as one */
    rb_os_harden_process();
    TRY(rb_secret_init(&err));
    TRY(open_store(&s, true, &first, &err));
    s.admin = (struct rbd_admin){.env = rb_os_env(), .link = s.link};
    options.store = s.store;
    options.keys = &s.identity->current;
    options.next_key = &s.identity->next.key;
    TRY(rbd_net_start(&options, &s.net, &err));
    TRY(listen_all(&s, &err));
    if (first) {
        char path[4096];
        int status;
        (void)snprintf(path, sizeof path, "%s/admin.sock", config->data);
        TRY(rbd_control_ask(path, "invite uses=1", &status, &invite, &err));
    }
    (void)printf("%s\n%.*s", s.link, (int)invite.len, invite.len > 0 ? (const char *)invite.ptr : "");
    (void)fflush(stdout);
    TRY(wait_for_end(&s, &signals, &err));
    rb_env_log(rb_os_env(), RB_LOG_INFO, "stopping");
out:
    rbd_net_stop(s.net);
    rbd_identity_free(s.identity);
    rbd_store_close(s.store);
    rb_os_unlock(s.lock);
    rb_buf_free(&invite);
    return rc == REBOUND_OK ? 0 : failed(rc, &err);
}

/* The command without a server: opens the store itself, since the lock is free. */
static rb_result
invite_alone(const struct rbd_config *config, const char *command, int *status_out, struct rb_buf *text,
             struct rebound_error *err)
{
    struct serving s = {.config = config, .lock = -1};
    struct rbd_store_writer *writer = NULL;
    struct rb_buf answer = {0};
    bool first, keep;
    enum rebound_code rc = REBOUND_OK;

    TRY(open_store(&s, false, &first, err));
    TRY(recall_link(&s, err));
    s.admin = (struct rbd_admin){.env = rb_os_env(), .link = s.link};
    TRY(rbd_store_writer_open(s.store, &writer, err));
    TRY(rbd_store_begin(writer, err));
    keep = rbd_admin_run(&s.admin, writer, rb_slice_text(command), &answer);
    if (keep)
        TRY(rbd_store_commit(writer, err));
    *status_out = answer.len > 0 ? answer.ptr[0] : 1;
    if (answer.len > 0)
        TRY(rb_buf_append(text, answer.ptr + 1, answer.len - 1, err));
out:
    rbd_store_writer_close(writer);
    rbd_identity_free(s.identity);
    rbd_store_close(s.store);
    rb_os_unlock(s.lock);
    rb_buf_free(&answer);
    return rc;
}

static int
invite(const struct rbd_config *config)
{
    struct rb_buf text = {0};
    struct rebound_error err = {0};
    char path[4096], command[128];
    int status = 0;
    enum rebound_code rc;

    TRY(rb_secret_init(&err));
    (void)snprintf(path, sizeof path, "%s/admin.sock", config->data);
    (void)snprintf(command, sizeof command, "invite uses=%u expires=%llu", config->uses,
                   (unsigned long long)config->expires_ms);
    rc = rbd_control_ask(path, command, &status, &text, &err);
    if (rc == REBOUND_NO_CONNECTION) {
        rb_buf_clear(&text);
        rc = invite_alone(config, command, &status, &text, &err);
    }
    TRY(rc);
    (void)fprintf(status == 0 ? stdout : stderr, "%.*s%s", (int)text.len, text.len > 0 ? (const char *)text.ptr : "",
                  status == 0 ? "" : "\n");
out:
    rb_buf_free(&text);
    return rc == REBOUND_OK ? status : failed(rc, &err);
}

static void
print_finding(void *ctx, const char *sentence)
{
    ++*(unsigned *)ctx;
    (void)printf("%s\n", sentence);
}

static int
check(const struct rbd_config *config)
{
    struct serving s = {.config = config, .lock = -1};
    struct rbd_store_reader *reader = NULL;
    struct rbd_store_stats stats;
    struct rebound_error err = {0};
    unsigned findings = 0;
    bool first;
    enum rebound_code rc;

    TRY(rb_secret_init(&err));
    TRY(open_store(&s, false, &first, &err));
    TRY(rbd_store_reader_open(s.store, &reader, &err));
    TRY(rbd_store_check(reader, print_finding, &findings, &err));
    if (findings > 0)
        TRY(rb_fail(&err, REBOUND_DAMAGED,
                    "The store in %s is damaged (%u findings). Restore a backup; what it lacks the devices send again.",
                    config->data, findings));
    TRY(rbd_store_stats(reader, &stats, &err));
    (void)printf("sound: %llu accounts, %llu streams, %llu records, %llu bytes\n", (unsigned long long)stats.accounts,
                 (unsigned long long)stats.streams, (unsigned long long)stats.records, (unsigned long long)stats.bytes);
out:
    rbd_store_reader_close(reader);
    rbd_identity_free(s.identity);
    rbd_store_close(s.store);
    rb_os_unlock(s.lock);
    return rc == REBOUND_OK ? 0 : failed(rc, &err);
}

static int
run(const struct rbd_config *config)
{
    switch (config->command) {
    case RBD_COMMAND_HELP:
        rbd_help(config->about, stdout);
        return 0;
    case RBD_COMMAND_MAN:
        rbd_help_man(stdout);
        return 0;
    case RBD_COMMAND_VERSION:
        (void)printf("reboundd %s\n", REBOUND_VERSION);
        return 0;
    case RBD_COMMAND_SERVE:
        return serve(config);
    case RBD_COMMAND_INVITE:
        return invite(config);
    case RBD_COMMAND_CHECK:
        return check(config);
    }
    return 2;
}

int
main(int argc, char **argv)
{
    static struct rbd_config config; /* large, and there for as long as the process */
    struct rebound_error err = {0};
    enum rebound_code rc = rbd_config_read(argc, argv, &config, &err);

    int status = rc == REBOUND_OK ? run(&config) : failed(rc, &err);

    rbd_config_free(&config);
    return status;
}
