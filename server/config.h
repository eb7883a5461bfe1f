/* Options of reboundd: one table for file, environment and flags, of which the later win. Nothing needs to be set.
 */
#ifndef RBD_CONFIG_H
#define RBD_CONFIG_H

#include "base/ids.h"

#include <stdio.h>

#define RBD_LISTEN_MAX 8

enum rbd_command {
    RBD_COMMAND_HELP,
    RBD_COMMAND_MAN,
    RBD_COMMAND_VERSION,
    RBD_COMMAND_SERVE,
    RBD_COMMAND_INVITE,
    RBD_COMMAND_CHECK
};

struct rbd_config {
    enum rbd_command command;
    enum rbd_command about; /* HELP: of this command; HELP itself: of all */
    char data[3072];
    const char *listen[RBD_LISTEN_MAX]; /* borrowed from argv, the environment or `file` */
    size_t n_listen;
    const char *public_address; /* HOST[:PORT] in links, NULL: the host's name */
    bool open_registration;
    uint64_t quota_bytes; /* 0: the default */
    uint32_t max_connections;
    uint32_t uses;       /* invite */
    uint64_t expires_ms; /* invite: from now; 0: never */
    void *file;          /* owned: what the configuration file said */
};

/* Reads file, environment, flags. MISUSE names what is wrong and where it stands; NOT_FOUND, IO of the file.
 * rbd_config_free afterwards, whatever came of it. */
rb_result rbd_config_read(int argc, char **argv, struct rbd_config *out, struct rebound_error *err);
void rbd_config_free(struct rbd_config *config);

/* Rows of the tables; static texts. False behind the last. */
struct rbd_option_info {
    const char *name, *variable; /* as a flag; of the environment, NULL: none */
    const char *argument;        /* NULL: a switch */
    const char *help;
    bool in_file;      /* the configuration file may say it */
    unsigned commands; /* that take it: bits by enum rbd_command */
};
bool rbd_config_option_at(size_t i, struct rbd_option_info *out);
struct rbd_command_info {
    const char *word;
    enum rbd_command command;
    const char *line, *more; /* a clause; sentences, "" for none */
};
bool rbd_config_command_at(size_t i, struct rbd_command_info *out);

/* The link that people get. `port`: that was bound, 0: as configured. */
rb_result rbd_config_link(const struct rbd_config *config, uint16_t port, const struct rb_server_key *key, char *out,
                          size_t size, struct rebound_error *err);

#endif
