/* Chance from a seed for the libraries below, in this program alone: libsodium's own generator and
 * SQLite's. What the code draws it draws from its env; this is for what they draw themselves.
 */
#ifndef T_SIM_CHANCE_H
#define T_SIM_CHANCE_H

#include <stdint.h>

/* Before anything of libsodium or SQLite is used; and again for each run that is to repeat another.
 */
void chance_seed(uint64_t seed);

#endif
