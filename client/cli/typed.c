#include "cli/typed.h"

#include <stdio.h>
#include <string.h>

#include "cli/say.h"
#include "cli/when.h"

static const char *const weekdays[] = {
    RB_TEXT("Monday"), RB_TEXT("Tuesday"),  RB_TEXT("Wednesday"), RB_TEXT("Thursday"),
    RB_TEXT("Friday"), RB_TEXT("Saturday"), RB_TEXT("Sunday")};
static const char *const months[] = {RB_TEXT("January"), RB_TEXT("February"), RB_TEXT("March"),
                                     RB_TEXT("April"),   RB_TEXT("May"),      RB_TEXT("June"),
                                     RB_TEXT("July"),    RB_TEXT("August"),   RB_TEXT("September"),
                                     RB_TEXT("October"), RB_TEXT("November"), RB_TEXT("December")};

static void
say_back(struct rb_cli *cli, const struct rebound_date *date)
{
    const char *weekday = rebound_text(weekdays[date->weekday % 7]),
               *month = rebound_text(months[(date->month - 1) % 12]);

    if (cli->out.json)
        return;
    if (date->is_day)
        rb_out_aside(&cli->out, "When: %s %d %s %d", weekday, date->day, month, date->year);
    else
        rb_out_aside(&cli->out, "When: %s %d %s %d, %02d:%02d", weekday, date->day, month,
                     date->year, date->hour, date->minute);
}

rb_result
rb_typed_time(struct rb_cli *cli, const char *typed, enum rebound_date_direction direction,
              struct rebound_date *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_date_parse(typed, rb_when_now(), direction, out, err));
    if (strncmp(typed, out->stored, 10) != 0)
        say_back(cli, out);
out:
    return rc;
}

rb_result
rb_typed_range(struct rb_cli *cli, const char *option, int64_t *out, struct rebound_error *err)
{
    const char *typed = rb_opt_value(&cli->options, option);
    struct rebound_date date;
    enum rebound_code rc = REBOUND_OK;

    if (typed == NULL)
        return REBOUND_OK;
    TRY(rb_typed_time(cli, typed, REBOUND_DATE_PAST, &date, err));
    *out = date.ms;
out:
    return rc;
}
