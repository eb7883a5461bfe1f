/* `remind --ics`: what is due and whom to reach, as events of a calendar that remind. */
#ifndef RB_CLI_REMIND_CALENDAR_H
#define RB_CLI_REMIND_CALENDAR_H

#include "cli/context.h"

rb_result rb_remind_calendar(struct rb_cli *cli, struct rebound_error *err);

#endif
