/* The real server in a process of its own, as a host runs it: on the loopback, on a port that the
 * system picks, with a data folder that lives until the test ends.
 */
#ifndef T_SUPPORT_HOST_H
#define T_SUPPORT_HOST_H

#include "support/t.h"

struct t_host {
    char data[512];
    char listen[160]; /* URL; port 0 until it has started once */
    char link[1024];
    char invite[1024]; /* a link with an invite for many accounts */
    char address[128]; /* HOST:PORT */
    int pid;           /* 0: not running */
};

/* Starts it and waits until it listens. */
void t_host_start(struct t_host *host);
/* Kills it, as a power cut would; its data stay. */
void t_host_kill(struct t_host *host);
/* Starts it again on its data, at the same address. */
void t_host_again(struct t_host *host);

#endif
