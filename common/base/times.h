/* Times as they are stored: "2026-11-24T15:20:32.123Z", or a date "2026-11-24". Pure and
 * thread-safe.
 */
#ifndef RB_BASE_TIMES_H
#define RB_BASE_TIMES_H

#include "base/bytes.h"

#define RB_TIME_TEXT 32 /* bytes, NUL included */

/* Unix milliseconds (years 0001 to 9999) as text in UTC, milliseconds left out when zero. */
void rb_time_put(char out[RB_TIME_TEXT], int64_t ms);
/* RFC 3339 with Z or an offset, or a date alone (midnight UTC). False when it is neither. */
bool rb_time_get(struct rb_slice text, int64_t *ms_out);

#endif
