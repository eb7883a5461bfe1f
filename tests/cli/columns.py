"""columns.py WIDTH: reads what a terminal was sent and fails on a line that takes more columns than it has.

Counts for itself, by what Unicode says of each character: letters that combine take none, wide ones and pictures two, what is
joined to a picture (a joiner, a skin tone, the second of two that make a flag) none. Prints each line with its count before it.
"""
import re
import sys
import unicodedata

JOINER = "\u200d"


def is_flag_letter(c):
    return 0x1F1E6 <= ord(c) <= 0x1F1FF


def width(line):
    total, joined, flag = 0, False, False
    for c in line:
        if joined and c != JOINER:
            joined = False
            continue
        if c == JOINER:
            joined = True
        elif is_flag_letter(c):
            total += 0 if flag else 2
            flag = not flag
            continue
        elif 0x1F3FB <= ord(c) <= 0x1F3FF or unicodedata.category(c) in ("Mn", "Me", "Cf", "Cc"):
            pass
        else:
            total += 2 if unicodedata.east_asian_width(c) in "WF" else 1
        flag = False
    return total


most, failed = int(sys.argv[1]), False
for line in sys.stdin.read().split("\n"):
    line = re.sub("\x1b\\[[0-9;]*m", "", line)
    print(width(line), line, sep="\t")
    failed = failed or width(line) > most
sys.exit(failed)
