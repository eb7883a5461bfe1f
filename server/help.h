/* What reboundd says of itself, from the tables of config.h.
 */
#ifndef RBD_HELP_H
#define RBD_HELP_H

#include "config.h"

/* What a person reads about a command, or (HELP) about all. */
void rbd_help(enum rbd_command about, FILE *out);
/* reboundd(8), in roff's man macros. */
void rbd_help_man(FILE *out);

#endif
