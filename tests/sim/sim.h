/* A world from one seed: a server, three devices of one account, each with its own clock and disk,
 * a network and whatever happens to them, in one process and thread. The real engine, vault, merge,
 * account, channel, handler and store; what is made up is time, chance, the network and the disks.
 *
 * What happens is a list of commands in text (sim_script.c), made from the seed or given. With the
 * seed they are the whole run: clocks, keys, nonces and every delay follow from both, so the same
 * again gives the same trace.
 *
 *   sim.c         the world: devices, their engines, time
 *   sim_net.c     lines: bytes that wait, come late, twice, altered or not at all
 *   sim_script.c  commands in text: made from the seed, and carried out
 *   sim_oracle.c  what must hold: during the run and once all is quiet
 */
#ifndef T_SIM_SIM_H
#define T_SIM_SIM_H

#include "support/world.h"

#define SIM_DEVICES 3
#define SIM_NEVER UINT64_MAX
#define SIM_LINE_MAX 120 /* of a command, with its end */

/* Chances are of a thousand, for each piece of bytes on its way. */
struct sim_net {
    unsigned cut;      /* half of it arrives, then the line breaks */
    unsigned stall;    /* from there on nothing arrives, either way, and nobody is told */
    unsigned repeat;   /* it arrives twice */
    unsigned flip;     /* with a bit changed */
    uint32_t delay_ms; /* at most so late */
    size_t piece;      /* bytes that travel together at most; 0: all */
};

enum sim_presence { SIM_ABSENT, SIM_OFFERED, SIM_IN, SIM_REMOVED /* or about to be */ };

struct sim_device {
    struct t_device t;
    char letter; /* a, b, c */
    enum sim_presence presence;
    struct sim_device *by; /* OFFERED: who lets it in */
    uint8_t seed[32];
    bool armed; /* its disk dies at some write */

    struct rb_sync *engine; /* NULL: no program of it talks to the server */
    bool stays;
    size_t line; /* of `lines` */
    bool has_line;
    uint64_t wake_at_ms, progress_at_ms;
    bool finished; /* the last round came to its end… */
    enum rebound_code result;
    struct rebound_error why;
};

/* A connection, from dialling until both ends know that it is over. */
struct sim_line {
    struct sim_device *device;
    struct t_connection *server; /* its end there; NULL: none, or over */
    bool open;                   /* the device's end */
    bool silent;                 /* stalled for good */
    uint64_t up_ms, down_ms;     /* nothing overtakes what arrives then */
};

enum sim_event_type { SIM_CONNECTED, SIM_UP, SIM_DOWN, SIM_CLOSED, SIM_HUNG_UP, SIM_COMMIT };
struct sim_event {
    uint64_t at_ms, serial;
    enum sim_event_type type;
    size_t line;
    struct rb_buf bytes;
    enum rebound_code code; /* CLOSED: why */
};

struct sim_saved { /* an edit as its device saved it */
    struct rb_stamp stamp;
    bool certain; /* the vault said that it is kept; else it may be there or not */
};

struct sim {
    uint64_t seed;
    struct t_world world;
    struct sim_device devices[SIM_DEVICES];
    uint64_t luck; /* of the network and the disks */
    struct sim_net net;
    bool down; /* nobody listens */
    struct sim_line *lines;
    size_t n_lines;
    struct sim_event *events; /* unordered: they are few */
    size_t n_events, cap_events;
    uint64_t serial, ticked_ms;
    uint64_t stepped_ms, steps; /* how often in this millisecond */
    bool committing;            /* a COMMIT is among them */

    /* the script */
    uint64_t plan; /* chance that commands are made from */
    unsigned words;
    bool has_backup, put_back;
    size_t backup;

    /* the oracle */
    struct sim_saved *saved;
    size_t n_saved, cap_saved;

    struct rb_buf trace;
};

/* --- sim.c --- */
void sim_init(struct sim *sim, uint64_t seed);
void sim_wipe(struct sim *sim);
void sim_say(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Ends the test: the sentence, the end of the trace, and the command that repeats it. */
_Noreturn void sim_fail(struct sim *sim, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
uint64_t sim_now(const struct sim *sim);
uint64_t sim_luck(struct sim *sim, uint64_t bound);
void sim_run(struct sim *sim, uint64_t ms); /* time passes, and what is due in it happens */
void sim_start(struct sim *sim, struct sim_device *d, bool stays);
void sim_stop(struct sim *sim, struct sim_device *d); /* as a program that ends */
void sim_kill(struct sim *sim, struct sim_device *d, bool power_cut);
void sim_tell(struct sim *sim, struct sim_device *d, enum rb_sync_event_type type,
              struct rb_slice bytes, const struct rebound_error *reason);
/* Runs a round to its end on a line that is as it is. */
enum rebound_code sim_round(struct sim *sim, struct sim_device *d);
void sim_let_in(struct sim *sim); /* who was offered and has been added */

/* --- sim_net.c --- */
void sim_dial(struct sim *sim, struct sim_device *d);
void sim_send(struct sim *sim, struct sim_device *d, struct rb_slice bytes);
void sim_hang_up(struct sim *sim, struct sim_device *d);
uint64_t sim_next_event(const struct sim *sim); /* when; SIM_NEVER: none */
void sim_do_event(struct sim *sim);             /* the next one */
void sim_collect(struct sim *sim);              /* what the server has to say gets on its way */
void sim_server_crash(struct sim *sim);         /* …and is down */
void sim_net_wipe(struct sim *sim);

/* --- sim_script.c --- */
void sim_make(struct sim *sim, char out[SIM_LINE_MAX]); /* the next command */
void sim_do(struct sim *sim, const char *command);

/* --- sim_oracle.c --- */
void sim_note_saved(struct sim *sim, const struct rb_stamp *stamp, bool certain);
/* Somebody wants it out: from here on nobody promises that the others get what it writes, nor what
 * it has not sent. */
void sim_note_removed(struct sim *sim, struct sim_device *d);
void sim_check_server(struct sim *sim); /* it has all that it acknowledged */
/* The network calms down, the server is up, all sync; then everything must hold. */
void sim_settle(struct sim *sim);

#endif
