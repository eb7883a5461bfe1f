#!/usr/bin/env bash
# python.sh LIBRARY: the Python example runs with the library, on a new journal and on one that is there; its structs are laid
# out as the header has them.
set -euo pipefail
root=$(realpath "$(dirname "$0")/..")
LIBREBOUND=$(realpath "$1")
export LIBREBOUND PYTHONDONTWRITEBYTECODE=1
work=$(mktemp -d "${TMPDIR:-/tmp}/rebound-python.XXXXXX")
trap 'rm -rf "$work"' EXIT

structs="CreateOptions Query ViewItem ExportOptions Error Id"
cd "$root/client/examples"
for struct in $structs; do
    python3 -c 'import sys, ctypes, journal
s = getattr(journal, sys.argv[1])
print(sys.argv[1], ctypes.sizeof(s), *(f"{n}@{getattr(s, n).offset}" for n, *_ in s._fields_))' "$struct"
done >"$work/python"
while read -r struct _ fields; do
    c=$(sed -E 's/([a-z])([A-Z])/\1_\2/g; s/.*/struct rebound_\L&/' <<<"$struct")
    printf 'printf("%s %%zu", sizeof(%s));\n' "$struct" "$c"
    for field in $fields; do
        printf 'printf(" %s@%%zu", offsetof(%s, %s));\n' "${field%@*}" "$c" "${field%@*}"
    done
    echo 'puts("");'
done <"$work/python" >"$work/lines"
{
    printf '#include <rebound.h>\n#include <stdio.h>\nint main(void)\n{\n'
    cat "$work/lines"
    printf 'return 0;\n}\n'
} >"$work/layout.c"
cc -std=c17 -I"$root/client/include" -I"$root/common/base" -iquote "$root/common/base" -o "$work/layout" "$work/layout.c"
diff "$work/python" <("$work/layout") || { echo "Python's structs (<) are not the header's (>)"; exit 1; }

for run in first second; do
    python3 journal.py "$work/vault" <<<"correct horse" >"$work/$run"
done
expect() { grep -qxF -- "$2" "$work/$1" || { printf '%s: no line "%s" in:\n' "$1" "$2"; cat "$work/$1"; exit 1; }; }
expect first "Write these words down, on paper:"
expect first "win, win: Called Ada"
expect first "2 entries exported:"
expect second "4 entries exported:"
expect second "# Journal"
[[ $(grep -cxF "setback: The team was closed" "$work/second") == 4 ]] || { echo "search and list find other entries:"; cat "$work/second"; exit 1; }
if python3 journal.py "$work/vault" <<<"wrong" 2>"$work/refused"; then
    echo "a wrong passphrase opens the journal"; exit 1
fi
grep -qi passphrase "$work/refused" || { echo "what is said of a wrong passphrase:"; cat "$work/refused"; exit 1; }
echo "python: works"
