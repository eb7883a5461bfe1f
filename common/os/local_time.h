/* The calendar of the time zone that this process runs in. Thread-safe.
 */
#ifndef RB_OS_LOCAL_TIME_H
#define RB_OS_LOCAL_TIME_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The date and time here at `ms` (Unix milliseconds). False when that is further away than the C
 * library's calendar reaches. */
bool rb_os_local_time(int64_t ms, struct tm *out);
/* Unix milliseconds of a date and time here (as mktime reads them: a time that clocks leap over is
 * the hour after). False when it cannot be told. */
bool rb_os_local_moment(struct tm tm, int64_t *ms_out);

#endif
