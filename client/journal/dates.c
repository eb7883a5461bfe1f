#include "journal/dates.h"

#include <stdio.h>
#include <string.h>

#include "base/times.h"
#include "journal/dates_words.h"

#define TOKENS_MAX 12
#define NUMBER_MAX 99999
#define YEAR_MIN 1900
#define YEAR_MAX 9999

/* A word, a number, or a sign. */
struct token {
    enum { WORD, NUMBER, SIGN } type;
    enum rb_date_word word;
    int value;     /* of a number, or of a word */
    size_t digits; /* of a number */
    char sign;
};

struct reading {
    struct token tokens[TOKENS_MAX + 1]; /* a SIGN '\0' behind the last */
    size_t n, at;
    int64_t now_ms;
    struct rb_day today;
    enum rb_date_direction direction;

    struct rb_day day;
    bool has_day;
    bool is_moment; /* `ms` says it all */
    int64_t ms;
    bool has_time, has_zone;
    int hour, minute, second;
};

/* --- cutting it --- */

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool
is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

/* Small letters: those of ASCII, and Ä Ö Ü. */
static void
make_small(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t)text[i], next = i + 1 < len ? (uint8_t)text[i + 1] : 0;
        if (c >= 'A' && c <= 'Z')
            text[i] = (char)(c + ('a' - 'A'));
        else if (c == 0xc3 && (next == 0x84 || next == 0x96 || next == 0x9c))
            text[i + 1] = (char)(next + 0x20);
    }
}

static bool
take_number(const char **at, struct token *out)
{
    int value = 0;
    size_t digits = 0;

    for (; is_digit((uint8_t) * *at); (*at)++, digits++) {
        value = value * 10 + (**at - '0');
        if (value > NUMBER_MAX)
            return false;
    }
    *out = (struct token){.type = NUMBER, .value = value, .digits = digits};
    return true;
}

static bool
cut(struct reading *r, const char *text)
{
    while (*text != '\0') {
        struct token token = {.type = SIGN, .sign = *text};
        if (*text == ' ' || *text == '\t' || *text == ',') {
            text++;
            continue;
        }
        if (r->n == TOKENS_MAX)
            return false;
        if (is_digit((uint8_t)*text)) {
            if (!take_number(&text, &token))
                return false;
        } else if (is_letter((uint8_t)*text)) {
            const char *start = text;
            while (is_letter((uint8_t)*text))
                text++;
            token.type = WORD;
            token.word = rb_date_word(rb_slice_of(start, (size_t)(text - start)), &token.value);
            if (token.word == RB_WORD_NONE && text - start == 1)
                token.value = *start; /* a T or Z */
        } else {
            text++;
        }
        r->tokens[r->n++] = token;
    }
    r->tokens[r->n] = (struct token){.type = SIGN};
    return r->n > 0;
}

static const struct token *
look(const struct reading *r, size_t ahead)
{
    return &r->tokens[r->at + ahead < r->n ? r->at + ahead : r->n];
}

static bool
is_word(const struct reading *r, size_t ahead, enum rb_date_word word)
{
    return look(r, ahead)->type == WORD && look(r, ahead)->word == word;
}

static bool
is_sign(const struct reading *r, size_t ahead, char sign)
{
    return look(r, ahead)->type == SIGN && look(r, ahead)->sign == sign && sign != '\0';
}

static bool
is_number(const struct reading *r, size_t ahead, size_t digits_min, size_t digits_max)
{
    const struct token *t = look(r, ahead);

    return t->type == NUMBER && t->digits >= digits_min && t->digits <= digits_max;
}

static bool
set_day(struct reading *r, struct rb_day day, size_t tokens)
{
    if (r->has_day || !rb_day_exists(day))
        return false;
    r->day = day;
    r->has_day = true;
    r->at += tokens;
    return true;
}

/* --- days --- */

/* A day and month without a year: the last one, or the next. */
static struct rb_day
with_year(const struct reading *r, int month, int day)
{
    struct rb_day found = {r->today.year, month, day};

    for (int i = 0; i < 8; i++) { /* the 29th of February comes every eight years at the least */
        int64_t away = rb_day_between(r->today, found);
        bool fits = r->direction == RB_DATE_PAST ? away <= 0 : away >= 0;
        if (fits && rb_day_exists(found))
            break;
        found.year += r->direction == RB_DATE_PAST ? -1 : 1;
    }
    return found;
}

/* "24.11.2026", "24.11." */
static bool
take_dotted(struct reading *r)
{
    if (!is_number(r, 0, 1, 2) || !is_sign(r, 1, '.') || !is_number(r, 2, 1, 2))
        return false;
    if (is_sign(r, 3, '.') && is_number(r, 4, 4, 4))
        return set_day(r, (struct rb_day){look(r, 4)->value, look(r, 2)->value, look(r, 0)->value},
                       5);
    return set_day(r, with_year(r, look(r, 2)->value, look(r, 0)->value),
                   is_sign(r, 3, '.') ? 4 : 3);
}

/* "24 nov 2026", "24. november", "nov 24 2026", "nov 24" */
static bool
take_named_month(struct reading *r)
{
    size_t dot = is_sign(r, 1, '.') ? 1 : 0, day_at = 0, month_at = 1 + dot, next = 2 + dot;

    if (is_word(r, 0, RB_WORD_MONTH)) {
        month_at = 0;
        day_at = 1;
        next = 2;
    }
    if (!is_word(r, month_at, RB_WORD_MONTH) || !is_number(r, day_at, 1, 2))
        return false;
    if (is_number(r, next, 4, 4) && !is_sign(r, next + 1, ':'))
        return set_day(
            r,
            (struct rb_day){look(r, next)->value, look(r, month_at)->value, look(r, day_at)->value},
            next + 1);
    return set_day(r, with_year(r, look(r, month_at)->value, look(r, day_at)->value), next);
}

/* `strictly` after today, or before; else today counts. */
static struct rb_day
weekday(const struct reading *r, int wanted, enum rb_date_direction direction, bool strictly)
{
    int away = wanted - rb_day_weekday(r->today);

    if (direction == RB_DATE_FUTURE)
        away = away < 0 || (away == 0 && strictly) ? away + 7 : away;
    else
        away = away > 0 || (away == 0 && strictly) ? away - 7 : away;
    return rb_day_add(r->today, away);
}

/* "monday", "last friday", "next week" */
static bool
take_weekday(struct reading *r)
{
    bool last = is_word(r, 0, RB_WORD_LAST), next = is_word(r, 0, RB_WORD_NEXT),
         this = is_word(r, 0, RB_WORD_THIS);
    size_t skip = last || next || this ? 1 : 0;
    int sign = last ? -1 : 1;

    if (is_word(r, skip, RB_WORD_WEEKDAY))
        return set_day(r,
                       weekday(r, look(r, skip)->value,
                               last           ? RB_DATE_PAST
                               : next || this ? RB_DATE_FUTURE
                                              : r->direction,
                               last || next),
                       skip + 1);
    if (!(last || next) || !is_word(r, 1, RB_WORD_UNIT))
        return false;
    switch (look(r, 1)->value) {
    case RB_UNIT_WEEK:
        return set_day(r, rb_day_add(r->today, 7 * sign), 2);
    case RB_UNIT_MONTH:
        return set_day(r, rb_day_add_months(r->today, sign), 2);
    case RB_UNIT_YEAR:
        return set_day(r, rb_day_add_months(r->today, 12 * sign), 2);
    default:
        return false;
    }
}

/* "eom", "end of the month" */
static bool
take_end(struct reading *r)
{
    struct rb_day day = r->today;
    size_t skip = 1;
    int unit = look(r, 0)->value;

    if (!is_word(r, 0, RB_WORD_END))
        return false;
    if (unit < 0) {
        while (is_word(r, skip, RB_WORD_OF) || is_word(r, skip, RB_WORD_THIS))
            skip++;
        if (!is_word(r, skip, RB_WORD_UNIT))
            return false;
        unit = look(r, skip++)->value;
    }
    if (unit == RB_UNIT_WEEK)
        day = rb_day_add(day, 6 - rb_day_weekday(day));
    else if (unit == RB_UNIT_MONTH)
        day = rb_day_add(rb_day_add_months((struct rb_day){day.year, day.month, 1}, 1), -1);
    else if (unit == RB_UNIT_YEAR)
        day = (struct rb_day){day.year, 12, 31};
    else
        return false;
    return set_day(r, day, skip);
}

/* So many units from now: days and more give a day, less gives a moment. */
static bool
go(struct reading *r, int unit, int n, size_t tokens)
{
    static const int64_t unit_ms[] = {1000, 60000, 3600000};

    if (r->has_day || r->is_moment)
        return false;
    switch (unit) {
    case RB_UNIT_DAY:
        return set_day(r, rb_day_add(r->today, n), tokens);
    case RB_UNIT_WEEK:
        return set_day(r, rb_day_add(r->today, 7 * n), tokens);
    case RB_UNIT_MONTH:
        return n > -12 * YEAR_MAX && n < 12 * YEAR_MAX &&
               set_day(r, rb_day_add_months(r->today, n), tokens);
    case RB_UNIT_YEAR:
        return n > -YEAR_MIN && n < YEAR_MAX &&
               set_day(r, rb_day_add_months(r->today, 12 * n), tokens);
    default:
        r->ms = r->now_ms + n * unit_ms[unit];
        r->is_moment = true;
        r->at += tokens;
        return true;
    }
}

/* "in 2 weeks", "3 days ago", "vor einem monat", "3d" */
static bool
take_span(struct reading *r)
{
    bool in = is_word(r, 0, RB_WORD_IN), vor = is_word(r, 0, RB_WORD_VOR);
    size_t skip = in || vor ? 1 : 0;
    int n = look(r, skip)->value;

    if (!(is_number(r, skip, 1, 5) || is_word(r, skip, RB_WORD_A)) ||
        !is_word(r, skip + 1, RB_WORD_UNIT))
        return false;
    if (in)
        return go(r, look(r, 2)->value, n, 3);
    if (vor)
        return go(r, look(r, 2)->value, -n, 3);
    /* "3d" is three days ago, whether or not it is said. */
    return go(r, look(r, 1)->value, -n, is_word(r, 2, RB_WORD_AGO) ? 3 : 2);
}

/* "today", "the day before yesterday" needs no word of its own: vorgestern has one. */
static bool
take_day_word(struct reading *r)
{
    if (is_word(r, 0, RB_WORD_NOW) && !r->has_day && !r->is_moment) {
        r->ms = r->now_ms;
        r->is_moment = true;
        r->at++;
        return true;
    }
    if (!is_word(r, 0, RB_WORD_DAY) && !is_word(r, 0, RB_WORD_MORGEN))
        return false;
    return set_day(r, rb_day_add(r->today, look(r, 0)->value), 1);
}

/* "yesterday evening", "heute morgen", "this morning", "last night": the day is all that is said,
 * since nobody said an hour. */
static bool
take_part_of_day(struct reading *r)
{
    bool last = is_word(r, 0, RB_WORD_LAST);

    if (r->has_day && (is_word(r, 0, RB_WORD_PART) || is_word(r, 0, RB_WORD_MORGEN))) {
        r->at++;
        return true;
    }
    if (!(last || is_word(r, 0, RB_WORD_THIS)) || !is_word(r, 1, RB_WORD_PART))
        return false;
    return set_day(r, rb_day_add(r->today, last ? -1 : 0), 2);
}

/* "on monday", "am montag" */
static bool
take_on(struct reading *r)
{
    if (r->at != 0 || r->n == 1 || !(is_word(r, 0, RB_WORD_ON) || is_word(r, 0, RB_WORD_AM)))
        return false;
    r->at++;
    return true;
}

/* --- times --- */

static bool
set_time(struct reading *r, int hour, int minute, int second, size_t tokens)
{
    bool am = is_word(r, tokens, RB_WORD_AM), pm = is_word(r, tokens, RB_WORD_PM);

    if (r->has_time || minute > 59 || second > 59)
        return false;
    if (am || pm) {
        if (hour < 1 || hour > 12)
            return false;
        hour = hour % 12 + (pm ? 12 : 0);
        tokens++;
    } else if (is_word(r, tokens, RB_WORD_OCLOCK)) {
        tokens++;
    }
    if (hour > 23)
        return false;
    r->hour = hour;
    r->minute = minute;
    r->second = second;
    r->has_time = true;
    r->at += tokens;
    return true;
}

/* "17:30", "9am", "9 uhr", "noon" */
static bool
take_time(struct reading *r)
{
    size_t skip = is_word(r, 0, RB_WORD_AT) || is_sign(r, 0, '@') ? 1 : 0;
    bool named;

    if (is_word(r, skip, RB_WORD_TIME))
        return set_time(r, look(r, skip)->value, 0, 0, skip + 1);
    if (!is_number(r, skip, 1, 2))
        return false;
    if (is_sign(r, skip + 1, ':') && is_number(r, skip + 2, 2, 2)) {
        if (is_sign(r, skip + 3, ':') && is_number(r, skip + 4, 2, 2))
            return set_time(r, look(r, skip)->value, look(r, skip + 2)->value,
                            look(r, skip + 4)->value, skip + 5);
        return set_time(r, look(r, skip)->value, look(r, skip + 2)->value, 0, skip + 3);
    }
    named = is_word(r, skip + 1, RB_WORD_AM) || is_word(r, skip + 1, RB_WORD_PM) ||
            is_word(r, skip + 1, RB_WORD_OCLOCK) || skip > 0;
    return named && set_time(r, look(r, skip)->value, 0, 0, skip + 1);
}

/* --- the whole --- */

static bool
read_tokens(struct reading *r)
{
    while (r->at < r->n) {
        if (take_span(r) || take_dotted(r) || take_named_month(r) || take_weekday(r) ||
            take_end(r) || take_part_of_day(r) || take_day_word(r) || take_time(r) || take_on(r))
            continue;
        return false;
    }
    return !(r->is_moment && (r->has_day || r->has_time));
}

/* A time alone is the last one that was, or the next to come. */
static void
find_day_of_time(struct reading *r)
{
    r->day = r->today;
    r->ms = rb_day_moment(r->day, r->hour, r->minute, r->second);
    if (r->direction == RB_DATE_PAST && r->ms > r->now_ms)
        r->day = rb_day_add(r->day, -1);
    else if (r->direction == RB_DATE_FUTURE && r->ms < r->now_ms)
        r->day = rb_day_add(r->day, 1);
}

static struct rb_date
result_of(struct reading *r)
{
    struct rb_date date = {.is_day = !r->is_moment && !r->has_time};

    if (r->is_moment) {
        date.ms = r->ms;
        date.day = rb_day_of(r->ms);
        date.has_zone = r->has_zone;
        return date;
    }
    if (!r->has_day)
        find_day_of_time(r);
    date.day = r->day;
    date.ms =
        r->has_time ? rb_day_moment(r->day, r->hour, r->minute, r->second) : rb_day_start(r->day);
    return date;
}

/* "2026-11-24", with a time behind a T or a blank, with a zone behind that. */
static bool
read_iso(const char *text, struct rb_date *out)
{
    char copy[RB_DATE_TEXT_MAX + 1];
    size_t len = strlen(text), digits = strspn(text, "0123456789");
    int64_t ms;

    if (digits != 4 || len < 10 || text[4] != '-')
        return false;
    memcpy(copy, text, len + 1);
    if (len > 10 && (copy[10] == ' ' || copy[10] == 't'))
        copy[10] = 'T';
    if (copy[len - 1] == 'z')
        copy[len - 1] = 'Z';
    if (!rb_time_get(rb_slice_of(copy, len), &ms))
        return false;
    *out = (struct rb_date){.is_day = len == 10, .ms = ms, .has_zone = len > 10};
    out->day = len == 10 ? rb_day_of_utc(ms) : rb_day_of(ms);
    if (len == 10)
        out->ms = rb_day_start(out->day);
    return true;
}

/* Z, +01:00, -0330: the time that was read is one of there. */
static bool
take_zone(struct reading *r)
{
    int sign = is_sign(r, 0, '-') ? -1 : 1, minutes = 0;
    size_t tokens = 1;

    if (is_sign(r, 0, '+') || is_sign(r, 0, '-')) {
        bool has_colon = is_sign(r, 2, ':') && is_number(r, 3, 2, 2);
        if (is_number(r, 1, 4, 4))
            minutes = look(r, 1)->value / 100 * 60 + look(r, 1)->value % 100;
        else if (is_number(r, 1, 2, 2))
            minutes = look(r, 1)->value * 60 + (has_colon ? look(r, 3)->value : 0);
        else
            return false;
        tokens = has_colon ? 4 : 2;
    } else if (look(r, 0)->type != WORD || look(r, 0)->word != RB_WORD_NONE ||
               look(r, 0)->value != 'z') {
        return false;
    }
    r->ms = rb_day_date_ms(r->day) +
            ((r->hour * 60 + r->minute - sign * minutes) * 60 + r->second) * INT64_C(1000);
    r->is_moment = r->has_zone = true;
    r->at += tokens;
    return minutes < 24 * 60;
}

/* The same with less, or without a zone: here. */
static bool
read_local(struct reading *r)
{
    struct rb_day day;

    if (!is_number(r, 0, 4, 4) || !(is_sign(r, 1, '-') || is_sign(r, 1, '/')) ||
        !is_number(r, 2, 1, 2) || !is_sign(r, 3, look(r, 1)->sign) || !is_number(r, 4, 1, 2))
        return false;
    if (look(r, 1)->sign == '-' && (look(r, 2)->digits != 2 || look(r, 4)->digits != 2))
        return false;
    day = (struct rb_day){look(r, 0)->value, look(r, 2)->value, look(r, 4)->value};
    if (!set_day(r, day, 5))
        return false;
    if (r->at == r->n)
        return true;
    if (look(r, 0)->type == WORD && look(r, 0)->word == RB_WORD_NONE && look(r, 0)->value == 't')
        r->at++;
    return take_time(r) && (r->at == r->n || take_zone(r)) && r->at == r->n;
}

/* 01/02/2026: January or February? */
static rb_result
refuse_slashes(const struct reading *r, const char *typed, struct rebound_error *err)
{
    int a = look(r, 0)->value, b = look(r, 2)->value, year = look(r, 4)->value;
    struct rb_day day_first = {year, b, a}, month_first = {year, a, b};
    bool d = rb_day_exists(day_first), m = rb_day_exists(month_first);

    if (d && m && (a != b))
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "\"%s\" may be day %d of month %d, or day %d of month %d: write "
                       "%04d-%02d-%02d or %04d-%02d-%02d.",
                       typed, a, b, b, a, year, b, a, year, a, b);
    if (!d && !m)
        return rb_fail(err, REBOUND_BAD_FORMAT, "\"%s\" is no day that exists.", typed);
    if (!d)
        day_first = month_first;
    return rb_fail(err, REBOUND_BAD_FORMAT,
                   "Days with strokes are read differently in different places. For \"%s\" write "
                   "%04d-%02d-%02d.",
                   typed, day_first.year, day_first.month, day_first.day);
}

static rb_result
refuse(struct reading *r, const char *typed, struct rebound_error *err)
{
    r->at = 0;
    if (is_number(r, 0, 1, 2) && is_sign(r, 1, '/') && is_number(r, 2, 1, 2) &&
        is_sign(r, 3, '/') && is_number(r, 4, 4, 4))
        return refuse_slashes(r, typed, err);
    return rb_fail(err, REBOUND_BAD_FORMAT,
                   "\"%s\" is no time that is understood here. Write 2026-11-24, yesterday 9am, "
                   "last friday, in 2 weeks; `rebound help dates` shows more.",
                   typed);
}

rb_result
rb_date_parse(struct rb_slice text, int64_t now_ms, enum rb_date_direction direction,
              struct rb_date *out, struct rebound_error *err)
{
    struct reading r = {.now_ms = now_ms, .direction = direction};
    char typed[RB_DATE_TEXT_MAX + 1], small[RB_DATE_TEXT_MAX + 1];
    struct rb_date date;

    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
        text = rb_slice_of(text.ptr + 1, text.len - 1);
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\n'))
        text.len--;
    if (text.len == 0)
        return rb_fail(err, REBOUND_EMPTY, "A time is missing.");
    if (text.len > RB_DATE_TEXT_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE, "That is too long for a time.");
    if (!rb_slice_is_utf8(text))
        return rb_fail(err, REBOUND_NOT_UTF8, "A time that is not valid UTF-8 can't be read.");
    memcpy(typed, text.ptr, text.len);
    typed[text.len] = '\0';
    memcpy(small, typed, text.len + 1);
    make_small(small, text.len);
    r.today = rb_day_of(now_ms);
    if (read_iso(small, &date))
        goto found;
    if (!cut(&r, small) ||
        !(read_local(&r) || (r.at = 0, r.has_day = r.has_time = false, read_tokens(&r))))
        return refuse(&r, typed, err);
    date = result_of(&r);
found:
    if (date.day.year < YEAR_MIN || date.day.year > YEAR_MAX)
        return rb_fail(err, REBOUND_BAD_FORMAT, "Years from %d to %d are understood here.",
                       YEAR_MIN, YEAR_MAX);
    *out = date;
    return REBOUND_OK;
}
