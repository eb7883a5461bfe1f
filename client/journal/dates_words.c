#include "journal/dates_words.h"

#include <string.h>

struct row {
    const char *words; /* a blank between them */
    enum rb_date_word word;
    int value;
};

static const struct row rows[] = {
    {"now jetzt", RB_WORD_NOW, 0},
    {"today heute", RB_WORD_DAY, 0},
    {"yesterday gestern", RB_WORD_DAY, -1},
    {"tomorrow", RB_WORD_DAY, 1},
    {"morgen", RB_WORD_MORGEN, 1},
    {"tonight", RB_WORD_DAY, 0},
    {"vorgestern", RB_WORD_DAY, -2},
    {"übermorgen uebermorgen", RB_WORD_DAY, 2},

    {"monday mon montag mo", RB_WORD_WEEKDAY, 0},
    {"tuesday tue tues dienstag di", RB_WORD_WEEKDAY, 1},
    {"wednesday wed mittwoch mi", RB_WORD_WEEKDAY, 2},
    {"thursday thu thur thurs donnerstag do", RB_WORD_WEEKDAY, 3},
    {"friday fri freitag fr", RB_WORD_WEEKDAY, 4},
    {"saturday sat samstag sonnabend sa", RB_WORD_WEEKDAY, 5},
    {"sunday sun sonntag so", RB_WORD_WEEKDAY, 6},

    {"january jan januar jänner", RB_WORD_MONTH, 1},
    {"february feb februar", RB_WORD_MONTH, 2},
    {"march mar märz maerz mär", RB_WORD_MONTH, 3},
    {"april apr", RB_WORD_MONTH, 4},
    {"may mai", RB_WORD_MONTH, 5},
    {"june jun juni", RB_WORD_MONTH, 6},
    {"july jul juli", RB_WORD_MONTH, 7},
    {"august aug", RB_WORD_MONTH, 8},
    {"september sep sept", RB_WORD_MONTH, 9},
    {"october oct oktober okt", RB_WORD_MONTH, 10},
    {"november nov", RB_WORD_MONTH, 11},
    {"december dec dezember dez", RB_WORD_MONTH, 12},

    {"second seconds sec secs s sekunde sekunden", RB_WORD_UNIT, RB_UNIT_SECOND},
    {"minute minutes min mins m minuten", RB_WORD_UNIT, RB_UNIT_MINUTE},
    {"hour hours h stunde stunden std", RB_WORD_UNIT, RB_UNIT_HOUR},
    {"day days d tag tage tagen", RB_WORD_UNIT, RB_UNIT_DAY},
    {"week weeks w woche wochen", RB_WORD_UNIT, RB_UNIT_WEEK},
    {"month months monat monate monaten monats", RB_WORD_UNIT, RB_UNIT_MONTH},
    {"year years y jahr jahre jahren jahres", RB_WORD_UNIT, RB_UNIT_YEAR},

    {"last letzten letzte letzter letztes vorigen vorige", RB_WORD_LAST, 0},
    {"next nächsten nächste nächster nächstes naechsten naechste kommenden kommende", RB_WORD_NEXT,
     0},
    {"this diesen diese dieser dieses", RB_WORD_THIS, 0},
    {"ago", RB_WORD_AGO, 0},
    {"in", RB_WORD_IN, 0},
    {"vor", RB_WORD_VOR, 0},
    {"a an one ein eine einem einer", RB_WORD_A, 1},
    {"two zwei", RB_WORD_A, 2},
    {"three drei", RB_WORD_A, 3},
    {"four vier", RB_WORD_A, 4},
    {"five fünf fuenf", RB_WORD_A, 5},
    {"six sechs", RB_WORD_A, 6},
    {"seven sieben", RB_WORD_A, 7},
    {"eight acht", RB_WORD_A, 8},
    {"nine neun", RB_WORD_A, 9},
    {"ten zehn", RB_WORD_A, 10},
    {"eleven elf", RB_WORD_A, 11},
    {"twelve zwölf zwoelf", RB_WORD_A, 12},
    {"morning afternoon evening night früh frueh vormittag nachmittag abend nacht", RB_WORD_PART,
     0},
    {"eow", RB_WORD_END, RB_UNIT_WEEK},
    {"eom", RB_WORD_END, RB_UNIT_MONTH},
    {"eoy", RB_WORD_END, RB_UNIT_YEAR},
    {"end ende", RB_WORD_END, -1},
    {"of the des der", RB_WORD_OF, 0},
    {"am", RB_WORD_AM, 0},
    {"pm", RB_WORD_PM, 0},
    {"noon mittag mittags", RB_WORD_TIME, 12},
    {"midnight mitternacht", RB_WORD_TIME, 0},
    {"uhr", RB_WORD_OCLOCK, 0},
    {"at um", RB_WORD_AT, 0},
    {"on", RB_WORD_ON, 0},
};

static bool
has_word(const char *words, struct rb_slice word)
{
    while (*words != '\0') {
        size_t len = strcspn(words, " ");
        if (len == word.len && memcmp(words, word.ptr, len) == 0)
            return true;
        words += len + (words[len] == ' ' ? 1 : 0);
    }
    return false;
}

enum rb_date_word
rb_date_word(struct rb_slice word, int *value_out)
{
    for (size_t i = 0; word.len > 0 && i < sizeof rows / sizeof rows[0]; i++) {
        if (has_word(rows[i].words, word)) {
            *value_out = rows[i].value;
            return rows[i].word;
        }
    }
    return RB_WORD_NONE;
}
