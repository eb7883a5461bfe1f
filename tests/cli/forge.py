"""Journals that no Rebound would write: our JSON with edits put together by hand (proto/change.proto).

forge.py ENTRY...: each entry is "ID[@WALL_MS[/DEVICE]] OP..." in one argument; ID and DEVICE are hex, filled up
with their last digit; an OP is field=value (set), field+value (add to a set), "delete" or "restore". Several
entries of one ID are several edits of it. Behind "contents": pieces, "ID SIZE AT BYTES".
"""
import base64
import json
import re
import struct
import sys
import time


def number(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(tag, content):
    return number(tag << 3 | 2) + number(len(content)) + content


def filled(digits, size):
    return bytes.fromhex((digits + digits[-1] * 2 * size)[: 2 * size])


def stamp(wall_ms, device):
    return b"\x09" + struct.pack("<Q", wall_ms) + field(3, device)


def op(text):
    if text in ("delete", "restore"):
        return b"\x08" + (b"\x04" if text == "delete" else b"\x05")
    name, sign, value = re.fullmatch(r"([a-z0-9_.-]+?)([=+])(.*)", text, re.S).groups()
    return b"\x08" + (b"\x01" if sign == "=" else b"\x02") + field(2, name.encode()) + field(3, value.encode())


def edit(entry, wall_ms, device, ops):
    content = field(1, entry) + field(2, stamp(wall_ms, device)) + b"".join(field(4, op(o)) for o in ops)
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def main(arguments):
    entries, contents, into_contents = {}, [], False
    for argument in arguments:
        first, *rest = argument.split(" ", 1)[0], *re.split(r" (?=[a-z_]+[=+]|delete$|restore$)", argument)[1:]
        if argument == "contents":
            into_contents = True
        elif into_contents:
            entry, size, at, content = argument.split(" ")
            contents.append({"entry": filled(entry, 16).hex(), "size": int(size), "at": int(at),
                             "bytes": base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")})
        else:
            entry, _, when = first.partition("@")
            wall_ms, _, device = when.partition("/")
            entries.setdefault(filled(entry, 16).hex(), []).append(
                edit(filled(entry, 16), int(wall_ms or time.time() * 1000), filled(device or "1", 32), rest))
    json.dump({"format": "rebound", "version": 1,
               "entries": [{"id": i, "edits": e} for i, e in entries.items()], "contents": contents}, sys.stdout)


main(sys.argv[1:])
