#include "support/net_server.h"

#include "os/posix.h"

#include <dirent.h>
#include <time.h>

static bool
echo(void *ctx, struct rbd_store_writer *writer, struct rb_slice command, struct rb_buf *answer)
{
    (void)ctx;
    (void)writer;
    return rb_buf_append_slice(answer, command, NULL) == REBOUND_OK;
}

/* Founds the account with the handler alone, then leaves the folder to the network. */
static void
found_account(struct t_net *n)
{
    struct t_env env;
    struct t_server server;
    struct t_peer peer;

    t_env_init(&env, 1);
    t_server_open(&server, &env.env, n->folder, NULL);
    t_peer_found(&peer, &server, &n->home, 'a', 'r', 'k');
    t_peer_close(&peer);
    t_server_close(&server);
    n->account = rb_rules_stream(n->home.rules);
    n->a = (struct t_author){.who = 'a', .stream = *n->account};
}

void
t_net_open(struct t_net *n, const struct rbd_net_options *options)
{
    struct rbd_net_options o = {0};
    uint8_t secret[32];
    char url[114];

    *n = (struct t_net){.folder = t_temp_dir()};
    if (options != NULL)
        o = *options;
    found_account(n);
    rb_env_random(rb_os_env(), secret, sizeof secret);
    assert_true(rb_server_keys_from_secret(secret, &n->keys));
    T_OK(rbd_store_open(rb_os_env(), n->folder, &n->store, T_ERR));
    n->incarnation = *rbd_store_incarnation(n->store);
    o.env = rb_os_env();
    o.store = n->store;
    o.keys = &n->keys;
    o.admin = echo;
    T_OK(rbd_net_start(&o, &n->net, T_ERR));
    T_OK(rbd_net_listen(n->net, "tcp://127.0.0.1:0", false, &n->targets[T_TCP].port, T_ERR));
    (void)snprintf(url, sizeof url, "ipc://%s/s.sock", n->folder);
    T_OK(rbd_net_listen(n->net, url, false, NULL, T_ERR));
    (void)snprintf(n->targets[T_IPC].path, sizeof n->targets[T_IPC].path, "%s", url + 6);
    (void)snprintf(url, sizeof url, "ipc://%s/admin.sock", n->folder);
    T_OK(rbd_net_listen(n->net, url, true, NULL, T_ERR));
    (void)snprintf(n->admin.path, sizeof n->admin.path, "%s", url + 6);
    n->admin.way = T_IPC;
    n->targets[T_WS].port = n->targets[T_TCP].port;
    for (int way = 0; way < T_WAYS; way++) {
        n->targets[way].way = (enum t_way)way;
        n->targets[way].key = n->keys.key;
    }
}

void
t_net_stop(struct t_net *n)
{
    rbd_net_stop(n->net);
    n->net = NULL;
    rbd_store_close(n->store);
    n->store = NULL;
}

void
t_net_close(struct t_net *n)
{
    t_net_stop(n);
    t_stream_free(&n->home);
    *n = (struct t_net){0};
}

size_t
t_open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t n = 0;

    assert_non_null(dir);
    while (readdir(dir) != NULL)
        n++;
    (void)closedir(dir);
    return n;
}

void
t_net_settle(struct t_net *n, uint64_t connections, size_t files)
{
    const struct timespec moment = {.tv_nsec = 2000000};
    struct rbd_net_figures figures = {0};
    size_t open = 0;

    for (unsigned i = 0; i < 15000; i++) {
        rbd_net_figures(n->net, &figures);
        open = files != 0 ? t_open_files() : 0;
        if (figures.connections == connections && open == files)
            return;
        (void)nanosleep(&moment, NULL);
    }
    fail_msg("%llu connections and %zu files stay", (unsigned long long)figures.connections, open);
}

void
t_net_write(struct t_net *n, struct t_line *line, size_t body)
{
    struct rb_buf record = {0};

    t_author_write(&n->a, n->home.rules, body, &record);
    assert_int_equal(t_line_append(line, n->account, &record, 1), 0);
    rb_buf_free(&record);
}
