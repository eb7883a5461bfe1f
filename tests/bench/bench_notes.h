/* What the programs that use the library share: a vault, and notes in it.
 */
#ifndef T_BENCH_NOTES_H
#define T_BENCH_NOTES_H

#include "bench/bench.h"

#define BENCH_PASSPHRASE "correct horse battery staple"

struct rebound_create_options bench_create_options(const char *dir, const char *name);
struct rebound_sync_options bench_sync_options(void);

/* One note more; `text` is of BENCH_ENTRY_BYTES. Its id goes to *id_out. */
void bench_save_note(struct rebound *r, const char *text, struct rebound_id *id_out);
/* n notes of bench_text, in one call; one of a thousand has the rare word. Answers what that call
 * took. */
double bench_save_notes(struct rebound *r, uint64_t *state, size_t n);
/* One round with the server; answers what it took. */
double bench_sync(struct rebound *r, const char *what);
/* A connection that stays, with everything sent and fetched. */
struct rebound_live *bench_live_open(struct rebound *r);

/* A second device in DIR/phone, by a short code (bench_phone.c). */
struct rebound *bench_link_phone(struct rebound *laptop, const char *link, const char *dir);

#endif
