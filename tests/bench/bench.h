/* What the benchmark programs share: the clock, medians, entries of random words, figures as lines
 * that run.sh reads.
 */
#ifndef T_BENCH_BENCH_H
#define T_BENCH_BENCH_H

#include "rebound.h"

#include <stddef.h>
#include <stdint.h>

#define BENCH_ENTRY_BYTES 1024
#define BENCH_WORDS 4000

double bench_now_s(void);
double bench_median(double *values, size_t n);               /* sorts */
double bench_percentile(double *values, size_t n, double p); /* sorts; p from 0 to 1 */

/* Ends the program with the sentence when the call failed. */
void bench_ok(enum rebound_code code, const struct rebound_error *err, const char *what);

/* A figure: "NAME VALUE" on standard output. */
void bench_figure(const char *name, double value);

/* Entry text: 1 KiB of words out of 4,000, by a generator whose state is the caller's. Word 17
 * stands in one entry of a thousand, marked by `rare`. */
void bench_text(uint64_t *state, bool rare, char out[BENCH_ENTRY_BYTES + 1]);
const char *bench_rare_word(void);

#endif
