/* Commands, one a line. DEVICE is a, b or c; what cannot be done at that moment is passed over, so
 * that any part of a script is one.
 *
 *   wait MS                        time passes
 *   save DEVICE ENTRY FIELD WORD   sets a field; `seal` the same, sealed in the same transaction
 * where that can be add|remove DEVICE ENTRY WORD   an element of a set delete DEVICE ENTRY
 *   sync|stay DEVICE               starts a round; an engine that stays
 *   stop|kill|power DEVICE         its program ends; is killed; the power of its machine fails
 *   disk DEVICE N                  the power fails at the Nth write from now on
 *   silence DEVICE                 nothing gets through its line any more, and nobody is told
 *   clock DEVICE MS                its wall clock is set forward or back
 *   offer DEVICE BY                joins: BY is to add it
 *   revoke DEVICE BY               BY is to remove it
 *   crash | down | up              of the server: kill -9, with a batch that is not committed if
 * there is one soon, then it is away; away; back backup | restore NEW           of the server: its
 * files; put back, under a new name if NEW is 1 net CUT STALL REPEAT FLIP DELAY PIECE      see
 * struct sim_net settle                         quiet, and all must hold
 */
#include "sim/sim.h"

#include "account/account.h"

#include <inttypes.h>

#define ENTRIES 9
#define CRASH_WAITS_MS 2000
#define CLOCK_MAX_MS (8 * 3600 * 1000) /* further off, and it would be right to say so */

/* --- making --- */

static uint64_t
below(struct sim *sim, uint64_t bound)
{
    return t_random_below(&sim->plan, bound);
}

static char
some_device(struct sim *sim)
{
    return (char)('a' + below(sim, SIM_DEVICES));
}

static void
make_save(struct sim *sim, char *out)
{
    static const char *const fields[] = {"text", "title", "where"};
    static const char *const how[] = {"save", "save", "save", "seal", "seal"};

    (void)snprintf(out, SIM_LINE_MAX, "%s %c %u %s w%u", how[below(sim, 5)], some_device(sim),
                   (unsigned)(1 + below(sim, ENTRIES)), fields[below(sim, 3)], sim->words++);
}

static void
make_element(struct sim *sim, char *out)
{
    (void)snprintf(out, SIM_LINE_MAX, "%s %c %u e%u", below(sim, 3) == 0 ? "remove" : "add",
                   some_device(sim), (unsigned)(1 + below(sim, ENTRIES)), (unsigned)below(sim, 4));
}

static void
make_wait(struct sim *sim, char *out)
{
    uint64_t ms = below(sim, 10) == 0 ? below(sim, 60000) : below(sim, 1500);

    (void)snprintf(out, SIM_LINE_MAX, "wait %" PRIu64, ms);
}

static void
make_net(struct sim *sim, char *out)
{
    if (below(sim, 3) == 0)
        (void)snprintf(out, SIM_LINE_MAX, "net 0 0 0 0 %u 0", (unsigned)below(sim, 50));
    else
        (void)snprintf(out, SIM_LINE_MAX, "net %u %u %u %u %u %u", (unsigned)below(sim, 120),
                       (unsigned)below(sim, 30), (unsigned)below(sim, 30), (unsigned)below(sim, 30),
                       (unsigned)below(sim, 3000),
                       below(sim, 3) == 0 ? (unsigned)(1 + below(sim, 900)) : 0);
}

static void
make_server_trouble(struct sim *sim, char *out)
{
    static const char *const what[] = {"crash", "down",   "up",        "up",
                                       "up",    "backup", "restore 0", "restore 1"};
    /* A server that is put back is told as what it is: only every fourth world has one. */
    uint64_t n = sim->seed % 4 == 3 ? 8 : 5;

    (void)snprintf(out, SIM_LINE_MAX, "%s", what[below(sim, n)]);
}

static void
make_device_trouble(struct sim *sim, char *out)
{
    char device = some_device(sim);

    switch (below(sim, 6)) {
    case 0:
        (void)snprintf(out, SIM_LINE_MAX, "kill %c", device);
        break;
    case 1:
        (void)snprintf(out, SIM_LINE_MAX, "power %c", device);
        break;
    case 2:
        (void)snprintf(out, SIM_LINE_MAX, "disk %c %u", device, (unsigned)(1 + below(sim, 60)));
        break;
    case 3:
        (void)snprintf(out, SIM_LINE_MAX, "clock %c %d", device,
                       (int)below(sim, CLOCK_MAX_MS) - CLOCK_MAX_MS / 2);
        break;
    case 4:
        (void)snprintf(out, SIM_LINE_MAX, "silence %c", device);
        break;
    default:
        (void)snprintf(out, SIM_LINE_MAX, "stop %c", device);
        break;
    }
}

static void
make_sync(struct sim *sim, char *out)
{
    (void)snprintf(out, SIM_LINE_MAX, "%s %c", below(sim, 4) == 0 ? "stay" : "sync",
                   some_device(sim));
}

/* Devices that nobody has offered yet join sooner or later. */
static bool
make_offer(struct sim *sim, char *out)
{
    for (size_t i = 0; i < SIM_DEVICES; i++) {
        size_t by = (size_t)below(sim, SIM_DEVICES);
        if (sim->devices[i].presence != SIM_ABSENT || sim->devices[by].presence != SIM_IN)
            continue;
        (void)snprintf(out, SIM_LINE_MAX, "offer %c %c", (char)('a' + i), (char)('a' + by));
        return true;
    }
    return false;
}

/* In every third world somebody is removed. */
static bool
make_revoke(struct sim *sim, char *out)
{
    if (sim->seed % 3 != 2 || below(sim, 3) != 0)
        return false;
    (void)snprintf(out, SIM_LINE_MAX, "revoke %c %c", some_device(sim), some_device(sim));
    return true;
}

void
sim_make(struct sim *sim, char out[SIM_LINE_MAX])
{
    uint64_t n = below(sim, 100);

    if (sim->down && below(sim, 6) == 0)
        (void)snprintf(out, SIM_LINE_MAX, "up");
    else if (n < 26)
        make_wait(sim, out);
    else if (n < 52)
        make_save(sim, out);
    else if (n < 58)
        make_element(sim, out);
    else if (n < 61)
        (void)snprintf(out, SIM_LINE_MAX, "delete %c %u", some_device(sim),
                       (unsigned)(1 + below(sim, ENTRIES)));
    else if (n < 80)
        make_sync(sim, out);
    else if (n < 88)
        make_device_trouble(sim, out);
    else if (n < 93)
        make_server_trouble(sim, out);
    else if (n < 95 || !(make_offer(sim, out) || make_revoke(sim, out)))
        make_net(sim, out);
}

/* --- carrying out --- */

struct command {
    struct sim_device *device; /* NULL: none named, or not in */
    char verb[16], third[40], fourth[40];
    uint64_t number; /* the third word as one */
};

static struct sim_device *
device_of(struct sim *sim, const char *word)
{
    return strlen(word) == 1 && word[0] >= 'a' && word[0] < 'a' + SIM_DEVICES
               ? &sim->devices[word[0] - 'a']
               : NULL;
}

/* An edit, and what the oracle is to know of it. */
static void
save(struct sim *sim, struct sim_device *d, uint8_t entry, const struct rb_op *ops, size_t n,
     bool seal)
{
    struct rb_stamp stamp;
    enum rebound_code rc = t_device_save(&d->t, entry, ops, n, seal ? d->engine : NULL, &stamp);

    sim_note_saved(sim, &stamp, rc == REBOUND_OK && d->presence == SIM_IN);
    if (rc == REBOUND_OK) {
        sim_tell(sim, d, RB_SYNC_CHANGED, rb_slice_of(NULL, 0), NULL);
        return;
    }
    if (!d->armed)
        sim_fail(sim, "%c could not save: %s", d->letter, d->t.error.sentence);
    sim_say(sim, "the disk of %c dies under an edit", d->letter);
    sim_kill(sim, d, true);
}

static bool
do_edit(struct sim *sim, const struct command *c)
{
    struct rb_op ops[2] = {{RB_OP_SET, rb_slice_text("kind"), rb_slice_text("note")}};
    bool sets = strcmp(c->verb, "save") == 0 || strcmp(c->verb, "seal") == 0;
    char field[40], word[40];

    if (!sets && strcmp(c->verb, "add") != 0 && strcmp(c->verb, "remove") != 0 &&
        strcmp(c->verb, "delete") != 0)
        return false;
    if (c->device == NULL || c->number == 0)
        return true;
    (void)snprintf(field, sizeof field, "%s", sets ? c->fourth : "tags");
    (void)snprintf(word, sizeof word, "%s", c->fourth);
    if (sets) { /* “text w17”: the fourth word holds both */
        char *space = strchr(field, ' ');
        if (space == NULL)
            return true;
        *space = '\0';
        (void)snprintf(word, sizeof word, "%s", space + 1);
    }
    ops[1] = (struct rb_op){sets                ? RB_OP_SET
                            : c->verb[0] == 'a' ? RB_OP_ADD
                                                : RB_OP_REMOVE,
                            rb_slice_text(field), rb_slice_text(word)};
    if (strcmp(c->verb, "delete") == 0) {
        ops[0] = (struct rb_op){RB_OP_DELETE, {0}, {0}};
        save(sim, c->device, (uint8_t)c->number, ops, 1, false);
    } else {
        save(sim, c->device, (uint8_t)c->number, ops, 2, strcmp(c->verb, "seal") == 0);
    }
    return true;
}

static bool
do_device(struct sim *sim, const struct command *c)
{
    struct sim_device *d = c->device;
    static const char *const verbs[] = {"sync",  "stay", "stop",  "kill",
                                        "power", "disk", "clock", "silence"};
    size_t which = 0, n = sizeof verbs / sizeof verbs[0];

    while (which < n && strcmp(c->verb, verbs[which]) != 0)
        which++;
    if (which == n)
        return false;
    if (d == NULL)
        return true;
    if (which <= 1)
        sim_start(sim, d, which == 1);
    else if (which == 2)
        sim_stop(sim, d);
    else if (which <= 4)
        sim_kill(sim, d, which == 4);
    else if (which == 6)
        d->t.ahead_ms = strtoll(c->third, NULL, 10);
    else if (which == 7 && d->has_line)
        sim->lines[d->line].silent = true;
    if (which == 5 && !d->armed) {
        d->armed = true;
        t_disk_arm(d->t.disk, T_DISK_DIES, (int)c->number, 0);
    }
    return true;
}

static void
offer(struct sim *sim, struct sim_device *d, struct sim_device *by)
{
    if (d == NULL || by == NULL || d->presence != SIM_ABSENT || by->presence != SIM_IN ||
        by->armed || !t_device_is_in(&by->t))
        return;
    t_device_offer(&d->t, &by->t, (char[2]){d->letter, '\0'}, d->seed);
    d->presence = SIM_OFFERED;
    d->by = by;
    sim_tell(sim, by, RB_SYNC_CHANGED, rb_slice_of(NULL, 0), NULL);
}

/* Every device knows the whole list of devices, and so does the server: else putting the server
 * back could part it. */
static bool
all_are_in(const struct sim *sim)
{
    for (size_t i = 0; i < SIM_DEVICES; i++) {
        if (sim->devices[i].presence != SIM_IN)
            return false;
    }
    return true;
}

static bool
knows(struct sim_device *d, struct sim_device *of)
{
    const struct rb_device_key key = t_device_key(&of->t);
    struct rb_account *account = NULL;
    bool known;

    T_OK(rb_account_load(d->t.vault, &account, T_ERR));
    known = rb_rules_is_current(rb_account_rules(account), &key);
    rb_account_free(account);
    return known;
}

/* Not the first one, which all are compared with; and only once all are in, or nobody would add who
 * was offered by it. */
static void
revoke(struct sim *sim, struct sim_device *d, struct sim_device *by)
{
    struct rb_device_key key;

    if (d == NULL || by == NULL || d == by || d == &sim->devices[0] || !all_are_in(sim) ||
        by->armed || !knows(by, d))
        return;
    sim_note_removed(sim, d);
    d->presence = SIM_REMOVED;
    key = t_device_key(&d->t);
    t_device_revoke(&by->t, &key);
    sim_tell(sim, by, RB_SYNC_CHANGED, rb_slice_of(NULL, 0), NULL);
}

static void
restore(struct sim *sim, bool new_name)
{
    if (!sim->has_backup)
        return;
    sim_server_crash(sim);
    t_server_load(sim->world.server, sim->backup, new_name);
    sim->down = false;
    sim->put_back = true;
}

static bool
do_server(struct sim *sim, const struct command *c)
{
    if (strcmp(c->verb, "crash") == 0) {
        for (unsigned ms = 0; ms < CRASH_WAITS_MS && !t_server_is_holding(sim->world.server); ms++)
            sim_run(sim, 1);
        sim_server_crash(sim);
        sim_check_server(sim);
    } else if (strcmp(c->verb, "down") == 0) {
        t_server_commit(sim->world.server);
        sim_collect(sim);
        sim_server_crash(sim);
    } else if (strcmp(c->verb, "up") == 0) {
        sim->down = false;
    } else if (strcmp(c->verb, "backup") == 0) {
        if (!all_are_in(sim))
            return true;
        sim_server_crash(sim);
        sim->backup = t_server_save(sim->world.server);
        sim->has_backup = true;
        sim->down = false;
    } else if (strcmp(c->verb, "restore") == 0) {
        restore(sim, c->number == 1);
    } else {
        return false;
    }
    return true;
}

static bool
do_net(struct sim *sim, const char *command)
{
    struct sim_net net;

    if (sscanf(command, "net %u %u %u %u %u %zu", &net.cut, &net.stall, &net.repeat, &net.flip,
               &net.delay_ms, &net.piece) != 6)
        return false;
    sim->net = net;
    return true;
}

void
sim_do(struct sim *sim, const char *command)
{
    struct command c = {.device = NULL};
    char second[40] = "";

    sim_say(sim, "do %s", command);
    sim_let_in(sim);
    (void)sscanf(command, "%15s %39s %39s %39[^\n]", c.verb, second, c.third, c.fourth);
    c.device = device_of(sim, second);
    if (c.device != NULL && c.device->presence < SIM_IN && strcmp(c.verb, "offer") != 0)
        c.device = NULL;
    c.number = strtoull(strcmp(c.verb, "restore") == 0 ? second : c.third, NULL, 10);
    if (strcmp(c.verb, "wait") == 0)
        sim_run(sim, strtoull(second, NULL, 10));
    else if (strcmp(c.verb, "offer") == 0)
        offer(sim, c.device, device_of(sim, c.third));
    else if (strcmp(c.verb, "revoke") == 0)
        revoke(sim, c.device, device_of(sim, c.third));
    else if (strcmp(c.verb, "settle") == 0)
        sim_settle(sim);
    else if (!do_edit(sim, &c) && !do_device(sim, &c) && !do_server(sim, &c) &&
             !do_net(sim, command))
        sim_fail(sim, "no such command: %s", command);
}
