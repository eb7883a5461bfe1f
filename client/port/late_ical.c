/* libical's functions, by late.h. */
#include <libical/ical.h>

#include "port/late.h"

RB_LATE_VOID(RB_LATE_ICAL, icalcomponent_free, (icalcomponent * c), (c))
RB_LATE_VOID(RB_LATE_ICAL, icalerror_set_errors_are_fatal, (int fatal), (fatal))
RB_LATE(RB_LATE_ICAL, icalcomponent *, icalcomponent_get_first_component,
        (icalcomponent * c, icalcomponent_kind kind), (c, kind), NULL)
RB_LATE(RB_LATE_ICAL, icalcomponent *, icalcomponent_get_next_component,
        (icalcomponent * c, icalcomponent_kind kind), (c, kind), NULL)
RB_LATE(RB_LATE_ICAL, icalproperty *, icalcomponent_get_first_property,
        (icalcomponent * c, icalproperty_kind kind), (c, kind), NULL)
RB_LATE(RB_LATE_ICAL, icalproperty *, icalcomponent_get_next_property,
        (icalcomponent * c, icalproperty_kind kind), (c, kind), NULL)
RB_LATE(RB_LATE_ICAL, enum icalproperty_status, icalcomponent_get_status, (icalcomponent * c), (c),
        ICAL_STATUS_NONE)
RB_LATE(RB_LATE_ICAL, const char *, icalcomponent_get_uid, (icalcomponent * c), (c), NULL)
RB_LATE(RB_LATE_ICAL, icalcomponent_kind, icalcomponent_isa, (const icalcomponent *c), (c),
        ICAL_NO_COMPONENT)
RB_LATE(RB_LATE_ICAL, icalcomponent *, icalparser_parse_string, (const char *text), (text), NULL)
RB_LATE(RB_LATE_ICAL, const char *, icalproperty_get_categories, (const icalproperty *p), (p), NULL)
RB_LATE(RB_LATE_ICAL, struct icaltimetype, icalproperty_get_datetime_with_component,
        (icalproperty * p, icalcomponent *c), (p, c), (struct icaltimetype){0})
RB_LATE(RB_LATE_ICAL, icalvalue *, icalproperty_get_value, (const icalproperty *p), (p), NULL)
RB_LATE(RB_LATE_ICAL, const char *, icalproperty_get_x, (const icalproperty *p), (p), NULL)
RB_LATE(RB_LATE_ICAL, const char *, icalproperty_get_x_name, (icalproperty * p), (p), NULL)
RB_LATE(RB_LATE_ICAL, time_t, icaltime_as_timet_with_zone,
        (const struct icaltimetype t, const icaltimezone *zone), (t, zone), 0)
RB_LATE(RB_LATE_ICAL, int, icaltime_days_in_month, (const int month, const int year), (month, year),
        0)
RB_LATE(RB_LATE_ICAL, int, icaltime_is_null_time, (const struct icaltimetype t), (t), 1)
RB_LATE(RB_LATE_ICAL, int, icaltime_is_valid_time, (const struct icaltimetype t), (t), 0)
RB_LATE(RB_LATE_ICAL, const char *, icalvalue_get_text, (const icalvalue *v), (v), NULL)
RB_LATE(RB_LATE_ICAL, struct icalrecurrencetype, icalproperty_get_rrule, (const icalproperty *p),
        (p), (struct icalrecurrencetype){0})
RB_LATE_VOID(RB_LATE_ICAL, icalcomponent_remove_property, (icalcomponent * c, icalproperty *p),
             (c, p))
RB_LATE_VOID(RB_LATE_ICAL, icalproperty_free, (icalproperty * p), (p))
