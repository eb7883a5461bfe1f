#!/usr/bin/env python3
"""A journal from Python, through librebound and ctypes alone.

    journal.py FOLDER <passphrase

Opens the journal in a folder, or begins one; writes a setback and a win that belongs to it, searches, lists, walks the
setback's story, and prints the journal as Markdown. Structs of the library carry their size, so that a later version may
append to them; handles are opaque pointers. The library is found as the linker finds it, or at $LIBREBOUND.
"""
import ctypes as c
import os
import sys

lib = c.CDLL(os.environ.get("LIBREBOUND", "librebound.so.0"))

OK, PARTLY, NO_VAULT = 0, 5, 6
PHRASE_MAX, ID_TEXT = 256, 33


class Error(c.Structure):
    _fields_ = [("code", c.c_int), ("sentence", c.c_char * 512)]


class Id(c.Structure):
    _fields_ = [("bytes", c.c_uint8 * 16)]


class Sized(c.Structure):
    """A struct that begins with its size; what is not given is 0."""

    def __init__(self, **fields):
        super().__init__(size=c.sizeof(type(self)), **fields)


class CreateOptions(Sized):
    _fields_ = [("size", c.c_size_t), ("dir", c.c_char_p), ("device_name", c.c_char_p), ("passphrase", c.c_char_p),
                ("passphrase_len", c.c_size_t), ("kdf_memory_mib", c.c_uint32)]


class Query(Sized):
    _fields_ = [("size", c.c_size_t), ("kind", c.c_char_p), ("tag", c.c_char_p), ("words", c.c_char_p),
                ("link", c.POINTER(Id)), ("since_ms", c.c_int64), ("until_ms", c.c_int64), ("trashed", c.c_bool),
                ("conflicted", c.c_bool), ("oldest_first", c.c_bool), ("limit", c.c_uint32), ("offset", c.c_uint32),
                ("more_tags", c.POINTER(c.c_char_p)), ("more_tag_count", c.c_size_t), ("more_links", c.POINTER(Id)),
                ("more_link_count", c.c_size_t), ("people", c.POINTER(Id)), ("people_said", c.POINTER(c.c_char_p)),
                ("people_count", c.c_size_t), ("stories", c.POINTER(Id)), ("story_count", c.c_size_t)]


class ViewItem(c.Structure):
    _fields_ = [("section", c.c_char_p), ("depth", c.c_uint), ("ms", c.c_int64), ("is_day", c.c_bool),
                ("entry", c.c_void_p)]


Write = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_size_t)
Progress = c.CFUNCTYPE(None, c.c_void_p, c.c_char_p, c.c_uint64, c.c_uint64)


class ExportOptions(Sized):
    _fields_ = [("size", c.c_size_t), ("format", c.c_char_p), ("query", c.POINTER(Query)),
                ("offline", c.c_bool), ("passphrase", c.c_void_p), ("passphrase_len", c.c_size_t),
                ("write", Write), ("file", c.c_void_p), ("progress", Progress), ("stop", c.c_void_p),
                ("ctx", c.c_void_p)]


class Failure(Exception):
    pass


HANDLE, OUT, ERR = c.c_void_p, c.POINTER(c.c_void_p), c.POINTER(Error)


def fallible(name, *args):
    """A function of the library that takes an error last; here it raises Failure with the sentence instead."""
    function = getattr(lib, "rebound_" + name)
    function.argtypes, function.restype = [*args, ERR], c.c_int

    def call(*given):
        error = Error()
        code = function(*given, c.byref(error))
        if code != OK:
            failure = Failure(error.sentence.decode())
            failure.code = code
            raise failure

    return call


def plain(name, result, *args):
    """One that cannot fail."""
    function = getattr(lib, "rebound_" + name)
    function.argtypes, function.restype = args, result
    return function


create = fallible("create", c.POINTER(CreateOptions), OUT, c.c_char_p)
open_vault = fallible("open", c.c_char_p, OUT)
unlock = fallible("unlock", HANDLE, c.c_char_p, c.c_size_t)
close = plain("close", None, HANDLE)
edit_new = fallible("edit_new", HANDLE, c.c_char_p, OUT)
edit_set = fallible("edit_set", HANDLE, c.c_char_p, c.c_char_p, c.c_size_t)
edit_save = fallible("edit_save", HANDLE, HANDLE, c.POINTER(Id), c.POINTER(c.c_bool))
edit_free = plain("edit_free", None, HANDLE)
id_text = plain("id_text", None, c.POINTER(Id), c.c_char_p)
list_open = fallible("list_open", HANDLE, c.POINTER(Query), OUT)
list_count = plain("list_count", c.c_size_t, HANDLE)
list_at = plain("list_at", c.c_void_p, HANDLE, c.c_size_t)
list_free = plain("list_free", None, HANDLE)
entry_kind = plain("entry_kind", c.c_char_p, c.c_void_p)
entry_get = plain("entry_get", c.c_char_p, c.c_void_p, c.c_char_p, c.POINTER(c.c_size_t))
story_open = fallible("story_open", HANDLE, c.POINTER(Id), OUT)
view_at = plain("view_at", c.c_bool, HANDLE, c.c_size_t, c.POINTER(ViewItem))
view_free = plain("view_free", None, HANDLE)
export = fallible("export", HANDLE, c.POINTER(ExportOptions), c.POINTER(c.c_uint64))


def open_journal(folder, passphrase):
    """The handle of an unlocked journal."""
    handle = c.c_void_p()
    try:
        open_vault(folder, c.byref(handle))
    except Failure as failure:
        if failure.code != NO_VAULT:
            raise
        words = c.create_string_buffer(PHRASE_MAX)
        options = CreateOptions(dir=folder, device_name=b"python", passphrase=passphrase, passphrase_len=len(passphrase))
        create(options, c.byref(handle), words)
        print("Write these words down, on paper:", words.value.decode(), sep="\n")
        return handle
    unlock(handle, passphrase, len(passphrase))
    return handle


def add(journal, kind, **fields):
    """Saves an entry; its id."""
    edit, new = c.c_void_p(), Id()
    edit_new(journal, kind.encode(), c.byref(edit))
    try:
        for name, text in fields.items():
            data = text.encode()
            edit_set(edit, name.encode(), data, len(data))
        edit_save(journal, edit, c.byref(new), None)
    finally:
        edit_free(edit)
    return new


def hexadecimal(of):
    text = c.create_string_buffer(ID_TEXT)
    id_text(of, text)
    return text.value.decode()


def describe(entry):
    text = entry_get(entry, b"title", None) or entry_get(entry, b"text", None) or b""
    return f"{entry_kind(entry).decode()}: {text.decode()}"


def find(journal, **query):
    """What a query finds, as lines; all of it is read before the list is given back."""
    found = c.c_void_p()
    list_open(journal, Query(**query), c.byref(found))
    try:
        return [describe(list_at(found, i)) for i in range(list_count(found))]
    finally:
        list_free(found)


def story(journal, setback):
    """All that belongs to a setback, in order."""
    view, item, lines = c.c_void_p(), ViewItem(), []
    story_open(journal, setback, c.byref(view))
    try:
        while view_at(view, len(lines), item):
            lines.append("  " * item.depth + f"{item.section.decode()}, {describe(item.entry)}")
    finally:
        view_free(view)
    return lines


def markdown(journal):
    """The whole journal. The callback is kept in a variable until the call returns, as ctypes wants it."""
    parts = []

    def write(_ctx, data, length):
        parts.append(c.string_at(data, length))
        return OK

    callback, entries = Write(write), c.c_uint64()
    export(journal, ExportOptions(format=b"markdown", write=callback), c.byref(entries))
    return entries.value, b"".join(parts).decode()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    journal = open_journal(os.fsencode(sys.argv[1]), sys.stdin.buffer.readline().rstrip(b"\n"))
    try:
        setback = add(journal, "setback", title="The team was closed", text="On a Monday, in ten minutes.")
        add(journal, "win", title="Called Ada", about=hexadecimal(setback))
        print("Found:", *find(journal, words=b"team"), sep="\n")
        print("All:", *find(journal), sep="\n")
        print("Story:", *story(journal, setback), sep="\n")
        print("%d entries exported:\n%s" % markdown(journal))
    except Failure as failure:
        sys.exit(str(failure))
    finally:
        close(journal)


if __name__ == "__main__":
    main()
