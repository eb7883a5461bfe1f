/* A server that lies: what stands between the honest handler and the devices, told what to lie
 * about. And the cast of a play: three devices of one account, which go through one script twice,
 * with an honest server and with a lying one.
 *
 * What a lie must come to (proto/README.md, section 12): it is named with whose records it is
 * about, nothing false is in the journal, what is honest is, asking again changes nothing, and once
 * the server is honest the journals are those of the honest run.
 */
#ifndef T_SIM_LIAR_H
#define T_SIM_LIAR_H

#include "support/world.h"

#define LIAR_RECORDS 4

struct liar {
    /* Of this author records from one number to another are not delivered; its head is shown as
     * `head`, with number 0: as it is. Number 0: nothing is withheld. */
    struct rb_device_key author;
    uint64_t from, to;
    struct rb_head head;
    /* These are put into every answer that brings records. Owned. */
    struct rb_buf records[LIAR_RECORDS];
    size_t n_records;
    /* The control chain is said to end here; number 0: as it is. */
    struct rb_head control;
    unsigned told; /* how often some lie was */
};
void liar_begin(struct liar *liar, struct t_server *server); /* it lies from now on */
void liar_end(struct liar *liar, struct t_server *server);   /* honest again; forgets all lies */

struct cast {
    struct t_world world;
    struct t_device a, b, c; /* “Laptop”, “Phone”, “Tablet”; all are in, and know it */
    struct rb_device_key key_a, key_b, key_c; /* as they are when the play begins */
    struct liar liar;
    bool lying;
    unsigned n; /* the script's */
};
/* Runs `script` twice from one seed, lying and not; what the three devices show in the end must be
 * the same. */
void cast_play(void (*script)(struct cast *cast), unsigned n);

/* Saves a text and syncs, which must go well. */
void cast_write(struct t_device *device, uint8_t entry, const char *text);
/* All sync until all have all; nothing may be found any more. */
void cast_converge(struct cast *cast);

/* The sync of `device` must end with TAMPERED and a finding of this kind about `whose` (NULL: about
 * nobody), whose sentence says `says`. Again it must say nothing new and show the same, also after
 * its program was started anew. */
void cast_names(struct cast *cast, struct t_device *device, enum rb_finding_kind kind,
                const struct rb_device_key *whose, const char *says);
/* What it kept of such a finding: how many there are; the evidence of the last (may be NULL) is put
 * into `out`. */
size_t cast_findings(struct t_device *device, enum rb_finding_kind kind,
                     const struct rb_device_key *whose, bool settled_too,
                     struct rb_buf *evidence_out);
/* A record of this author as the device holds it. Owned: rb_buf_free. */
struct rb_buf cast_record(struct t_device *device, const struct rb_device_key *author,
                          uint64_t sequence);

#endif
