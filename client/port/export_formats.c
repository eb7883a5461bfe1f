/* The table of what can be exported. */
#include "port/export.h"

static const struct rb_export_format formats[] = {
    {.name = "json",
     .line = "all of it, with its history and its attachments; can be imported again",
     .is_whole = true,
     .run = rb_export_json},
    {.name = "archive",
     .line = "the same, sealed under a passphrase, to be kept anywhere; can be imported again",
     .is_whole = true,
     .is_sealed = true,
     .run = rb_export_archive},
    {.name = "markdown", .line = "to read, in one file", .run = rb_export_markdown},
    {.name = "markdown",
     .line = "to read: a folder with a file for each entry, attachments beside",
     .is_folder = true,
     .run = rb_export_folder},
    {.name = "html",
     .line = "to read in a browser or to print: one page that loads nothing, with its pictures",
     .run = rb_export_html},
    {.name = "vcard",
     .line = "the contacts, for an address book (vCard 4.0)",
     .kind = "contact",
     .run = rb_export_vcard},
    {.name = "ical",
     .line = "the steps, for a calendar (iCalendar)",
     .kind = "step",
     .run = rb_export_ical},
};

const struct rb_export_format *
rb_export_format_at(size_t i)
{
    return i < sizeof formats / sizeof formats[0] ? &formats[i] : NULL;
}
