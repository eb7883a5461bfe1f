#!/usr/bin/env bash
# build.sh FOLDER: the library's documentation as HTML in FOLDER/html, anew. Fails, with the header's line, where something in
# the headers has no comment or a comment names what is not there.
set -euo pipefail
mkdir -p "$1"
out=$(realpath "$1")
cd "$(dirname "$0")/../.."
rm -rf "$out/html"
{ cat client/doc/Doxyfile; printf 'OUTPUT_DIRECTORY = "%s"\n' "$out"; } | doxygen -
