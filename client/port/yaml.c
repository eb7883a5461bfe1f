#include "port/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* All memory of a tree, freed with its root. */
struct piece {
    struct piece *next;
};
struct tree {
    struct rb_yaml root; /* first: what is handed out */
    struct piece *pieces;
};

/* A list or map that is open, with what it has so far. */
struct level {
    struct rb_yaml *node;
    const struct rb_yaml **items;
    struct rb_slice *keys;
    size_t n, room;
    bool has_key; /* of a map: keys[n] is there, its value is next */
};

struct reading {
    struct tree *tree;
    struct level levels[RB_YAML_DEPTH_MAX];
    size_t depth;
    size_t nodes;
    bool done; /* the root is complete */
    struct rebound_error *err;
};

static void *
take(struct tree *tree, size_t size, struct rebound_error *err)
{
    struct piece *piece = calloc(1, sizeof *piece + size);

    if (piece == NULL) {
        enum rebound_code rc = rb_no_memory(err);
        (void)rc;
        return NULL;
    }
    piece->next = tree->pieces;
    tree->pieces = piece;
    return piece + 1;
}

static rb_result
copy_text(struct reading *r, const void *ptr, size_t len, struct rb_slice *out)
{
    char *copy = take(r->tree, len + 1, r->err);

    if (copy == NULL)
        return REBOUND_NO_MEMORY;
    if (len > 0)
        memcpy(copy, ptr, len);
    *out = rb_slice_of(copy, len);
    return REBOUND_OK;
}

/* --- building --- */

static rb_result
grow(struct level *level, struct rebound_error *err)
{
    size_t room = level->room == 0 ? 8 : 2 * level->room;
    void *items, *keys;

    if (level->n < level->room)
        return REBOUND_OK;
    items = realloc((void *)level->items, room * sizeof *level->items);
    if (items == NULL)
        return rb_no_memory(err);
    level->items = items;
    keys = realloc(level->keys, room * sizeof *level->keys);
    if (keys == NULL)
        return rb_no_memory(err);
    level->keys = keys;
    level->room = room;
    return REBOUND_OK;
}

static rb_result
new_node(struct reading *r, size_t line, struct rb_yaml **out)
{
    struct rb_yaml *node = r->depth == 0 ? &r->tree->root : take(r->tree, sizeof *node, r->err);

    if (node == NULL)
        return REBOUND_NO_MEMORY;
    if (++r->nodes > RB_YAML_NODES_MAX)
        return rb_fail(r->err, REBOUND_TOO_LARGE, "There is more in this file than is read.");
    node->line = (unsigned)line + 1;
    *out = node;
    return REBOUND_OK;
}

/* A key was read, or a value: it goes where it belongs. */
static rb_result
put(struct reading *r, const struct rb_yaml *node)
{
    struct level *level;
    enum rebound_code rc = REBOUND_OK;

    if (r->depth == 0) {
        r->done = true;
        return REBOUND_OK;
    }
    level = &r->levels[r->depth - 1];
    TRY(grow(level, r->err));
    if (level->node->type == RB_YAML_MAP && !level->has_key) {
        if (node->type != RB_YAML_TEXT)
            TRY(rb_fail(r->err, REBOUND_BAD_FORMAT, "Line %zu: a key is a single text.",
                        (size_t)node->line));
        level->keys[level->n] = node->text;
        level->has_key = true;
        return REBOUND_OK;
    }
    level->items[level->n++] = node;
    level->has_key = false;
out:
    return rc;
}

static rb_result
open_level(struct reading *r, enum rb_yaml_type type, size_t line)
{
    struct rb_yaml *node = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (r->depth == RB_YAML_DEPTH_MAX)
        return rb_fail(r->err, REBOUND_BAD_FORMAT, "Line %zu: it is nested too deeply.", line + 1);
    TRY(new_node(r, line, &node));
    node->type = type;
    r->levels[r->depth++] = (struct level){.node = node};
out:
    return rc;
}

static rb_result
close_level(struct reading *r)
{
    struct level level = r->levels[--r->depth];
    const struct rb_yaml **items = NULL;
    struct rb_slice *keys = NULL;
    enum rebound_code rc = REBOUND_OK;

    r->levels[r->depth] = (struct level){0};
    if (level.n > 0) {
        items = take(r->tree, level.n * sizeof *items, r->err);
        keys = take(r->tree, level.n * sizeof *keys, r->err);
        if (items == NULL || keys == NULL)
            TRY(REBOUND_NO_MEMORY);
        memcpy((void *)items, (const void *)level.items, level.n * sizeof *items);
        if (level.node->type == RB_YAML_MAP)
            memcpy(keys, level.keys, level.n * sizeof *keys);
    }
    level.node->n = level.n;
    level.node->items = items;
    level.node->keys = level.node->type == RB_YAML_MAP ? keys : NULL;
    TRY(put(r, level.node));
out:
    free((void *)level.items);
    free(level.keys);
    return rc;
}

static rb_result
put_scalar(struct reading *r, const yaml_event_t *event)
{
    struct rb_yaml *node = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(new_node(r, event->start_mark.line, &node));
    node->type = RB_YAML_TEXT;
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    TRY(copy_text(r, event->data.scalar.value, event->data.scalar.length, &node->text));
    TRY(put(r, node));
out:
    return rc;
}

static bool
is_plain_node(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor == NULL && event->data.scalar.tag == NULL;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor == NULL && event->data.sequence_start.tag == NULL;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor == NULL && event->data.mapping_start.tag == NULL;
    case YAML_ALIAS_EVENT:
        return false;
    default:
        return true;
    }
}

static rb_result
take_event(struct reading *r, const yaml_event_t *event, bool *end_out)
{
    size_t line = event->start_mark.line;

    if (!is_plain_node(event))
        return rb_fail(r->err, REBOUND_BAD_FORMAT,
                       "Line %zu: anchors, aliases and tags are not read here.", line + 1);
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return r->done ? rb_fail(r->err, REBOUND_BAD_FORMAT,
                                 "Line %zu: a second document begins here.", line + 1)
                       : REBOUND_OK;
    case YAML_SCALAR_EVENT:
        return put_scalar(r, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_level(r, RB_YAML_LIST, line);
    case YAML_MAPPING_START_EVENT:
        return open_level(r, RB_YAML_MAP, line);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_level(r);
    case YAML_STREAM_END_EVENT:
        *end_out = true;
        return REBOUND_OK;
    default:
        return REBOUND_OK;
    }
}

static rb_result
read_events(struct reading *r, yaml_parser_t *parser)
{
    bool end = false;
    enum rebound_code rc = REBOUND_OK;

    while (!end) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            if (parser->error == YAML_MEMORY_ERROR)
                TRY(rb_no_memory(r->err));
            if (parser->problem == NULL)
                TRY(rb_fail(r->err, REBOUND_BAD_FORMAT, "Line %zu: this can't be read as YAML.",
                            parser->problem_mark.line + 1));
            TRY(rb_fail(r->err, REBOUND_BAD_FORMAT, "Line %zu: this is not YAML (%s).",
                        parser->problem_mark.line + 1, parser->problem));
        }
        rc = take_event(r, &event, &end);
        yaml_event_delete(&event);
        TRY(rc);
    }
    if (!r->done)
        TRY(rb_fail(r->err, REBOUND_EMPTY, "There is nothing in this file."));
out:
    return rc;
}

rb_result
rb_yaml_read(struct rb_slice file, const struct rb_yaml **out, struct rebound_error *err)
{
    struct reading r = {.err = err};
    yaml_parser_t parser;
    bool ready = false;
    enum rebound_code rc = REBOUND_OK;

    if (file.len > RB_YAML_BYTES_MAX)
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "The file is too large: %u MiB are read at most.",
                    RB_YAML_BYTES_MAX >> 20));
    if (!rb_slice_is_utf8(file))
        TRY(rb_fail(err, REBOUND_NOT_UTF8, "The file is not valid UTF-8."));
    r.tree = calloc(1, sizeof *r.tree);
    ready = r.tree != NULL && yaml_parser_initialize(&parser) != 0;
    if (!ready)
        TRY(rb_no_memory(err));
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, file.ptr, file.len);
    TRY(read_events(&r, &parser));
    *out = &r.tree->root;
    r.tree = NULL; /* now owned by the caller */
out:
    if (ready)
        yaml_parser_delete(&parser);
    for (size_t i = 0; i < r.depth; i++) {
        free((void *)r.levels[i].items);
        free(r.levels[i].keys);
    }
    rb_yaml_free(r.tree == NULL ? NULL : &r.tree->root);
    return rc;
}

void
rb_yaml_free(const struct rb_yaml *root)
{
    struct tree *tree = (struct tree *)(uintptr_t)root;
    struct piece *next;

    if (tree == NULL)
        return;
    for (struct piece *piece = tree->pieces; piece != NULL; piece = next) {
        next = piece->next;
        free(piece);
    }
    free(tree);
}

/* --- reading it --- */

const struct rb_yaml *
rb_yaml_get(const struct rb_yaml *map, const char *key)
{
    if (map == NULL || map->type != RB_YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->n; i++) {
        if (rb_slice_equal(map->keys[i], rb_slice_text(key)))
            return map->items[i];
    }
    return NULL;
}

bool
rb_yaml_is_null(const struct rb_yaml *node)
{
    if (node == NULL)
        return true;
    return node->type == RB_YAML_TEXT && node->plain &&
           (node->text.len == 0 || rb_slice_equal(node->text, rb_slice_text("~")) ||
            rb_slice_equal(node->text, rb_slice_text("null")));
}

struct rb_slice
rb_yaml_text(const struct rb_yaml *map, const char *key)
{
    const struct rb_yaml *node = rb_yaml_get(map, key);

    if (node == NULL || node->type != RB_YAML_TEXT || rb_yaml_is_null(node))
        return (struct rb_slice){0};
    return node->text;
}
