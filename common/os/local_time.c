#include "os/local_time.h"

#include <errno.h>

bool
rb_os_local_time(int64_t ms, struct tm *out)
{
    time_t t = (time_t)(ms / 1000 - (ms % 1000 < 0 ? 1 : 0));

    return localtime_r(&t, out) != NULL;
}

bool
rb_os_local_moment(struct tm tm, int64_t *ms_out)
{
    time_t t;

    tm.tm_isdst = -1;
    errno = 0; /* -1 is a second of 1969 too */
    t = mktime(&tm);
    if (t == (time_t)-1 && errno != 0)
        return false;
    *ms_out = (int64_t)t * 1000;
    return true;
}
