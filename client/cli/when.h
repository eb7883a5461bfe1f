/* Times as people write and read them. Pure but for the time zone, which the C library knows. */
#ifndef RB_CLI_WHEN_H
#define RB_CLI_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RB_WHEN_MAX 32 /* bytes for what the functions below write */

/* "90s", "15m", "8h", "7d", "2w", or seconds as a bare number. 1 s to 366 days. */
bool rb_when_span(const char *text, uint32_t *seconds_out);
/* A time as it is stored: "2026-11-24", which is that day here, or "2026-11-24T15:20:32Z", parts
 * of a second left off: Unix milliseconds. */
bool rb_when_stored(const char *text, int64_t *ms_out);
/* "just now", "5 minutes ago", "3 days ago", then the date; "never" for 0. */
const char *rb_when_age(char out[RB_WHEN_MAX], int64_t then_ms, int64_t now_ms);
const char *rb_when_date(char out[RB_WHEN_MAX], int64_t ms);   /* local: "2026-11-24" */
const char *rb_when_minute(char out[RB_WHEN_MAX], int64_t ms); /* local: "2026-11-24 15:20" */
const char *rb_when_iso(char out[RB_WHEN_MAX], int64_t ms);    /* UTC: "2026-11-24T15:20:32.123Z" */
const char *rb_when_span_text(char out[RB_WHEN_MAX], uint32_t seconds); /* "15 minutes" */
int64_t rb_when_now(void);

#endif
