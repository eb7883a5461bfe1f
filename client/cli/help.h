/* What the program says about itself, made from the table of commands.
 */
#ifndef RB_CLI_HELP_H
#define RB_CLI_HELP_H

#include "cli/context.h"

void rb_help_version(struct rb_out *out);
/* One screen: what to begin with, and the names of the commands by what people do. */
void rb_help_overview(struct rb_out *out);
/* Each command with its line. With --json both answer the same. */
void rb_help_all(struct rb_out *out);
void rb_help_command(struct rb_out *out, const struct rb_command *command);
void rb_help_options(struct rb_out *out, const struct rb_opt *options);
/* "exit-codes", "environment", "privacy", "json": false when there is no such topic. */
bool rb_help_topic(struct rb_out *out, const char *name);
/* The topic "json": the documents of --json, what is promised of them, their schemas. */
void rb_help_json(struct rb_out *out);
/* One of these schemas, by its name or a command's. MISUSE when there is none. */
rb_result rb_help_schema(struct rb_out *out, const char *name, struct rebound_error *err);
size_t rb_help_topic_count(void);
const char *rb_help_topic_at(size_t i, const char **line_out);
/* The variables of the environment that are looked at; NULL behind the last. */
const char *rb_help_variable_at(size_t i, const char **meaning_out);
/* Man pages, in roff's man macros: rebound(1), and rebound-COMMAND(1). */
void rb_help_man(struct rb_out *out);
void rb_help_man_command(struct rb_out *out, const struct rb_command *command);
/* `rebound` alone: where one stands, and two next steps. */
/* After a save, at a terminal: points to `help-now` where what was written suggests danger to life.
 * In no JSON, log or exit status. */
void rb_help_after(struct rb_cli *cli, const struct rebound_id *id);
rb_result rb_welcome(struct rb_cli *cli, struct rebound_error *err);

#endif
