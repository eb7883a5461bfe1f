/* Journals as a user of librebound has them: made through rebound.h alone. */
#ifndef T_SUPPORT_LIBRARY_H
#define T_SUPPORT_LIBRARY_H

#include "support/t.h"

#include "rebound.h"

#define T_LIBRARY_PASSPHRASE "correct horse"

/* A path where nothing is yet, borrowed until exit: `name` in a fresh folder. */
const char *t_library_dir(void);
/* A new, unlocked journal there. Owned: rebound_close. */
struct rebound *t_library_new(const char *dir, const char *device);
/* The journal there, as another process would have it: opened and unlocked. */
struct rebound *t_library_open(const char *dir);

/* Saves an entry of this kind whose field has this text. */
struct rebound_id t_library_add(struct rebound *r, const char *kind, const char *field,
                                const char *text);
/* Sets a field of an entry; false: nothing was to be changed. */
bool t_library_set(struct rebound *r, const struct rebound_id *id, const char *field,
                   const char *text);
/* Is a field of an entry this text? NULL: no value. */
void t_library_shows(struct rebound *r, const struct rebound_id *id, const char *field,
                     const char *text);
unsigned t_library_flags(struct rebound *r, const struct rebound_id *id);
/* How many entries a query finds; `query` needs no size. */
size_t t_library_count(struct rebound *r, struct rebound_query query);

#endif
