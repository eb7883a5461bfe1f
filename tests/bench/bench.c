#include "bench/bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double
bench_now_s(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double
bench_median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, compare);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double
bench_percentile(double *values, size_t n, double p)
{
    qsort(values, n, sizeof *values, compare);
    return values[(size_t)floor((double)(n - 1) * p)];
}

void
bench_ok(enum rebound_code code, const struct rebound_error *err, const char *what)
{
    if (code == REBOUND_OK)
        return;
    (void)fprintf(stderr, "bench: %s: %s (%s)\n", what, err->sentence, rebound_error_name(code));
    exit(1);
}

void
bench_figure(const char *name, double value)
{
    (void)printf("%s %.9g\n", name, value);
    (void)fflush(stdout);
}

static uint64_t
next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A word that can be said, of two to four syllables, from its number. */
static void
word(unsigned number, char out[16])
{
    static const char *const first[] = {"ba", "co", "di", "fu", "ga", "ho", "ki", "lu", "ma", "no"};
    static const char *const second[] = {"ne", "ra", "so", "ti", "vu",
                                         "we", "ya", "zo", "le", "pi"};
    static const char *const third[] = {"n", "r", "l", "s", "t", "m", "d", "k", "st", "nd"};

    (void)snprintf(out, 16, "%s%s%s%s", first[number % 10], second[number / 10 % 10],
                   third[number / 100 % 10],
                   number < 1000   ? ""
                   : number < 2000 ? "ing"
                   : number < 3000 ? "ed"
                                   : "ly");
}

const char *
bench_rare_word(void)
{
    return "quicksilver";
}

void
bench_text(uint64_t *state, bool rare, char out[BENCH_ENTRY_BYTES + 1])
{
    size_t len = 0;
    char w[16];

    if (rare)
        len = (size_t)snprintf(out, BENCH_ENTRY_BYTES + 1, "%s ", bench_rare_word());
    while (len < BENCH_ENTRY_BYTES) {
        size_t n;
        word((unsigned)(next(state) % BENCH_WORDS), w);
        n = strlen(w);
        if (n > BENCH_ENTRY_BYTES - len)
            n = BENCH_ENTRY_BYTES - len;
        memcpy(out + len, w, n);
        len += n;
        if (len < BENCH_ENTRY_BYTES)
            out[len++] = ' ';
    }
    out[BENCH_ENTRY_BYTES] = '\0';
    if (out[BENCH_ENTRY_BYTES - 1] == ' ')
        out[BENCH_ENTRY_BYTES - 1] = '.';
}
