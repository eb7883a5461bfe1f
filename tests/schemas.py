"""schemas.py FOLDER COMMANDS PROMISE [--record]: are the answers in FOLDER/seen what the schemas in FOLDER/schemas say?

NNN.what names the schema and the command, NNN.out and NNN.err hold what it wrote. Each document must be accepted; with a
key more, with one less that is always there, or with a value of another type it must be refused. A key that was there each
time must be one that the schema requires. Each command has a schema, and each schema and each key was
seen.

PROMISE holds what version 1 of the documents promised when it was last released: the schemas with all that may be added left
open. What is written now must be accepted by it too. --record writes it anew.
"""
import copy
import json
import pathlib
import sys

import jsonschema

folder = pathlib.Path(sys.argv[1])
commands = sys.argv[2].split()
promise = pathlib.Path(sys.argv[3])
index = json.loads((folder / "index").read_text())["schemas"]
of_command = {c: {s["name"] for s in index if c in s["commands"]} for c in commands}
# What no document of --json comes from: their answer is a script for a shell.
SILENT = {"completion"}
ASIDE = ("error", "remark")
failures = []


def fail(text):
    failures.append(text)


def load(name):
    schema = json.loads((folder / "schemas" / f"{name}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    if schema["$id"] != f"urn:rebound:json:1:{name}":
        fail(f"{name}: its $id is {schema['$id']}")
    return jsonschema.Draft202012Validator(schema)


def walk_schema(schema, where, found):
    """Every object is closed and each of its properties explained."""
    if isinstance(schema, list):
        for i, part in enumerate(schema):
            walk_schema(part, f"{where}/{i}", found)
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        found.add(schema["$ref"])
    properties = schema.get("properties", {})
    if schema.get("type") == "object" and not where.endswith("/schema"):
        if "additionalProperties" not in schema and not where.endswith("/fields"):
            fail(f"{where}: takes any key")
        for name, part in properties.items():
            if "description" not in part and "$ref" not in part and part is not False:
                fail(f"{where}: does not explain {name}")
    for key, part in schema.items():
        walk_schema(part, f"{where}/{key}", found)


def objects(value, path=()):
    """Each object in a document, with the way to it."""
    if isinstance(value, dict):
        yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in pairs:
        yield from objects(part, path + (key,))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def shape(path):
    return tuple("[]" if isinstance(key, int) else key for key in path)


def is_open(path):
    """A schema as part of an answer is no shape of ours."""
    return path[:1] == ("schema",)


def mutants(document):
    """Documents that no command writes."""
    for path, value in objects(document):
        if is_open(path):
            continue
        mutant = copy.deepcopy(document)
        at(mutant, path)["mutated"] = {"mutated": True}
        yield f"one more key in /{'/'.join(map(str, path))}", mutant
        for key, part in value.items():
            if isinstance(part, dict) and key != "schema":
                other = "text"
            elif isinstance(part, (dict, list)):
                other = 1
            else:
                other = {"mutated": True}
            mutant = copy.deepcopy(document)
            at(mutant, path)[key] = other
            yield f"another type of /{'/'.join(map(str, path + (key,)))}", mutant


validators = {s["name"]: load(s["name"]) for s in index}
for name, validator in validators.items():
    referred = set()
    walk_schema(validator.schema, name, referred)
    for ref in referred:
        if ref.removeprefix("#/$defs/") not in validator.schema["$defs"]:
            fail(f"{name}: refers to {ref}, which is not in it")

def promised(schema):
    """What of a schema stays within a version: keys and names may be added."""
    if isinstance(schema, list):
        return [promised(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    left = {}
    for key, part in schema.items():
        if key == "enum":
            left["type"] = "string" if all(isinstance(name, str) for name in part) else "integer"
        elif key == "oneOf":
            left["anyOf"] = promised(part)
        elif key == "properties":
            left[key] = {name: promised(says) for name, says in part.items() if says is not False}
        elif key not in ("title", "description", "$schema", "$id", "$defs", "maxItems") and (key == "const" or part is not False):
            left[key] = promised(part)
    return left


def record(path):
    """One schema or definition a line."""
    definitions = {}
    for validator in validators.values():
        definitions.update(validator.schema["$defs"])
    parts = [("definitions", definitions), ("schemas", {name: v.schema for name, v in validators.items()})]
    lines = [
        f'"{title}": {{\n' + ",\n".join(f'"{name}": {json.dumps(promised(part[name]))}' for name in sorted(part)) + "\n}"
        for title, part in parts
    ]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def explained(schema, found):
    """The names of all properties but the fields of entries, which the table of kinds has."""
    for key, part in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if isinstance(key, str) and key.startswith("fields-"):
            continue
        if key == "properties":
            found |= {name for name, says in part.items() if says is not False}
        if isinstance(part, (dict, list)):
            explained(part, found)
    return found


if "--record" in sys.argv:
    record(promise)
kept = json.loads(promise.read_text())
promises = {
    name: jsonschema.Draft202012Validator({**schema, "$defs": kept["definitions"]}) for name, schema in kept["schemas"].items()
}
for name in promises.keys() - validators.keys():
    fail(f"{name}: was promised, and is gone")

seen, spoke, always, required, documents = set(), set(), {}, {}, 0
mutated, own_keys = set(), {}
for what in sorted((folder / "seen").glob("*.what")):
    name, command = what.read_text().split("\n")[:2]
    lines = [(name, line) for line in what.with_suffix(".out").read_text().splitlines()]
    for line in what.with_suffix(".err").read_text().splitlines():
        lines.append(("error" if "error" in json.loads(line) else "remark", line))
    if name not in ASIDE and command in of_command:
        spoke.add(command)
        if name not in of_command[command] and not name.startswith("help"):
            fail(f"{command}: answers with {name}, which is not among its schemas")
    for name, line in lines:
        document = json.loads(line)
        documents += 1
        seen.add(name)
        for rule, schemas in ("", validators), (" promised", promises):
            for error in schemas[name].iter_errors(document) if name in schemas else ():
                way = "/".join(map(str, error.absolute_path))
                fail(f"{what.stem} {command}, {name}{rule}: /{way}: {error.message[:300]}")
        for path, value in objects(document):
            own_keys[name] = own_keys.get(name, set()) | set(value)
            if is_open(path) or path[-1:] == ("fields",) or path[-1:] == ("conflicts",):
                continue
            key = (name, shape(path))
            always[key] = always.get(key, set(value)) & set(value)
            required.setdefault(key, (document, path))
        form = (name, tuple(sorted(shape(p) for p, _ in objects(document))))
        if form in mutated:
            continue
        mutated.add(form)
        for way, mutant in mutants(document):
            if validators[name].is_valid(mutant):
                fail(f"{what.stem} {command}, {name}: {way} is accepted")

for (name, way), keys in always.items():
    document, path = required[name, way]
    for key in sorted(keys):
        mutant = copy.deepcopy(document)
        del at(mutant, path)[key]
        if validators[name].is_valid(mutant):
            fail(f"{name}: /{'/'.join(way)} always has {key}, but the schema does not require it")

shared = set()
for name, validator in validators.items():
    own = explained({k: v for k, v in validator.schema.items() if k != "$defs"}, set())
    for key in sorted(own - own_keys.get(name, own)):
        fail(f"{name}: explains {key}, which was never seen")
    explained(validator.schema["$defs"], shared)
for key in sorted(shared - set().union(*own_keys.values())):
    fail(f"the definitions explain {key}, which was never seen")

for command in commands:
    if command in SILENT:
        continue
    if not of_command[command]:
        fail(f"{command}: has no schema")
    elif command not in spoke:
        fail(f"{command}: was not seen")
for schema in index:
    if not schema["commands"] and schema["name"] not in ("home", "version", *ASIDE):
        fail(f"{schema['name']}: no command answers so")
    if schema["name"] not in seen:
        fail(f"{schema['name']}: no answer was seen that it describes")

for text in failures[:40]:
    print(text)
print(f"schemas: {len(index)} schemas, {documents} documents, {len(mutated)} kinds of them changed and refused")
sys.exit(1 if failures else 0)
