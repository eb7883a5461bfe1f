/* Devices of one account in a small world, as cmocka's fixture: *state is a struct t_family. */
#ifndef T_SUPPORT_FAMILY_H
#define T_SUPPORT_FAMILY_H

#include "support/world.h"

struct t_family {
    struct t_world world;
    struct t_device a, b, c, d;
};

int
t_family_of_one(void **state); /* `a`, a laptop, its vault in files; the rest is not there yet */
int t_family_of_two(void **state);   /* `a` and `b`, a phone, their vaults in memory, in step */
int t_family_of_three(void **state); /* and `c`, a tablet */
int t_family_free(void **state);

/* Sets the text of an entry and syncs. */
void t_family_write(struct t_device *d, uint8_t entry, const char *text);

#endif
