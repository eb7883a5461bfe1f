/* Times as people type them: what is read lies in the years that are, and what it is stored as
 * reads as the same.
 */
#include "fuzz/fuzz.h"

#include <string.h>

#include "base/times.h"
#include "journal/dates.h"

#define NOW INT64_C(1795617000000)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rebound_error err = {0};
    struct rb_date date, again;
    char stored[RB_TIME_TEXT];
    enum rb_date_direction direction = size % 2 == 0 ? RB_DATE_PAST : RB_DATE_FUTURE;

    if (rb_date_parse(rb_slice_of(data, size), NOW, direction, &date, &err) != REBOUND_OK) {
        require(err.sentence[0] != '\0');
        return 0;
    }
    require(date.day.year >= 1900 && date.day.year <= 9999 && rb_day_exists(date.day));
    rb_time_put(stored, date.is_day ? rb_day_date_ms(date.day) : date.ms);
    if (date.is_day)
        stored[10] = '\0';
    require(rb_date_parse(rb_slice_text(stored), NOW, direction, &again, &err) == REBOUND_OK);
    require(again.ms == date.ms && again.is_day == date.is_day);
    return 0;
}
