/* The words that dates are made of. For journal/dates.c alone. */
#ifndef RB_JOURNAL_DATES_WORDS_H
#define RB_JOURNAL_DATES_WORDS_H

#include "base/bytes.h"

enum rb_date_word {
    RB_WORD_NONE,
    RB_WORD_NOW,
    RB_WORD_DAY,     /* value: days from today */
    RB_WORD_MORGEN,  /* tomorrow; behind a day: its morning */
    RB_WORD_PART,    /* morning, evening: behind a day, and no time by itself */
    RB_WORD_WEEKDAY, /* value: Monday is 0 */
    RB_WORD_MONTH,   /* value: 1 to 12 */
    RB_WORD_UNIT,    /* value: enum rb_date_unit */
    RB_WORD_LAST,
    RB_WORD_NEXT,
    RB_WORD_THIS,
    RB_WORD_AGO,
    RB_WORD_IN,
    RB_WORD_VOR, /* before a number: ago */
    RB_WORD_A,   /* value: one to twelve */
    RB_WORD_END, /* value: enum rb_date_unit: eom; or of the unit that follows: -1 */
    RB_WORD_OF,  /* of, the, des, der: nothing by itself */
    RB_WORD_AM,
    RB_WORD_PM,
    RB_WORD_TIME, /* value: hour: noon, midnight */
    RB_WORD_OCLOCK,
    RB_WORD_AT,
    RB_WORD_ON /* before a day: nothing by itself */
};
enum rb_date_unit {
    RB_UNIT_SECOND,
    RB_UNIT_MINUTE,
    RB_UNIT_HOUR,
    RB_UNIT_DAY,
    RB_UNIT_WEEK,
    RB_UNIT_MONTH,
    RB_UNIT_YEAR
};

/* Of a word in small letters. NONE: it means nothing here. */
enum rb_date_word rb_date_word(struct rb_slice word, int *value_out);

#endif
