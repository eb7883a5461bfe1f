/* JSON Schemas (draft 2020-12) of what --json answers: `rebound help json NAME`.
 *
 * What they say stands in client/data/schemas/, but for the fields of each kind of entry and the
 * names of failures, which come from the tables of these. A schema as it is handed out needs no
 * other: what it refers to is in its
 * "$defs". Which command answers with which is in the command's row (commands.h).
 */
#ifndef RB_CLI_SCHEMAS_H
#define RB_CLI_SCHEMAS_H

#include "cli/fail.h"

#include <stdbool.h>

struct json_t;

/* *out owned: json_decref. By name, not yet handed out; "definitions" is what they share and no
 * schema itself. NO_MEMORY. */
rb_result rb_schemas_open(struct json_t **out, struct rebound_error *err);
/* Each that can be handed out, by name. NO_MEMORY. */
rb_result rb_schemas_each(void (*each)(void *ctx, const char *name, const char *title), void *ctx,
                          struct rebound_error *err);
/* Whether the text of names with blanks between has the name: of a command's row. */
bool rb_schemas_names(const char *names, const char *name);
/* The one of that name, or the first of the command of that name; MISUSE when there is none. *out
 * owned: json_decref. */
rb_result rb_schema_make(struct json_t *schemas, const char *name, struct json_t **out,
                         struct rebound_error *err);

/* Puts into the definitions what tables say: which kinds of entry there are and which fields each
 * has, and the names of failures. False: no memory. */
bool rb_schemas_add_tables(struct json_t *definitions);

#endif
