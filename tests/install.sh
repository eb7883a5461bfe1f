#!/usr/bin/env bash
# install.sh BUILD-DIR: installs into an empty prefix and uses the library from there as a stranger would, once through
# pkg-config and once through CMake; the programs run from there too.
set -euo pipefail
build=$(realpath "$1")
work=$(mktemp -d "${TMPDIR:-/tmp}/rebound-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

cmake --install "$build" --prefix "$prefix" >"$work/log" || { cat "$work/log"; exit 1; }
cat >"$work/use.c" <<'C'
#include <rebound.h>
#include <stdio.h>

int
main(void)
{
    puts(rebound_version());
    return rebound_error_exit_status(REBOUND_OK);
}
C
lib=$(dirname "$(find "$prefix" -name librebound.so)")
[[ -e $lib/librebound.so.0 ]] || { echo "no librebound.so.0 in $lib"; exit 1; }

# shellcheck disable=SC2046 # the flags are words
cc -std=c17 -Wall -Wextra -Wpedantic -Werror -o "$work/by-pkg-config" "$work/use.c" \
    $(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --cflags --libs rebound)
# The headers are for C++ too.
printf '#include <rebound.h>\nint main() { return rebound_error_exit_status(REBOUND_OK); }\n' >"$work/use.cc"
# shellcheck disable=SC2046
c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only $(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --cflags rebound) "$work/use.cc"
# Each header alone, in every C from C99 on.
for header in rebound rebound_error; do
    for standard in c99 c11 c17; do
        # shellcheck disable=SC2046
        printf '#include <%s.h>\n' "$header" | cc -std=$standard -Wall -Wextra -Wpedantic -Werror -fsyntax-only -xc - \
            $(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --cflags rebound)
    done
done
# The program in the library's documentation begins a journal, and finds what it wrote when it runs again.
root=$(realpath "$(dirname "$0")/..")
awk -v part=program -f "$root/client/doc/examples.awk" "$prefix/include/rebound.h" >"$work/journal.c"
# shellcheck disable=SC2046
cc -std=c99 -Wall -Wextra -Wpedantic -Werror -o "$work/journal" "$work/journal.c" \
    $(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --cflags --libs rebound)
for text in "called a friend" "slept well"; do
    LD_LIBRARY_PATH=$lib "$work/journal" "$work/vault" "$text" <<<"correct horse" >"$work/log"
done
[[ $(cat "$work/log") == "slept well
called a friend" ]] || { echo "the documentation's program does something else:"; cat "$work/log"; exit 1; }

version=$(LD_LIBRARY_PATH=$lib "$work/by-pkg-config")
[[ $version == "$(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --modversion rebound)" ]] ||
    { echo "the library says it is $version, its .pc file does not"; exit 1; }

cat >"$work/CMakeLists.txt" <<'C'
cmake_minimum_required(VERSION 3.25)
project(use LANGUAGES C)
find_package(rebound 0.1 REQUIRED)
add_executable(by-cmake use.c)
target_link_libraries(by-cmake PRIVATE rebound::rebound)
C
cmake -S "$work" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" >"$work/log" || { cat "$work/log"; exit 1; }
cmake --build "$work/build" >"$work/log" || { cat "$work/log"; exit 1; }
[[ $("$work/build/by-cmake") == "$version" ]] || { echo "through CMake the library says something else"; exit 1; }

for program in rebound reboundd; do
    [[ ! -e $prefix/bin/$program ]] || "$prefix/bin/$program" --version >/dev/null ||
        { echo "$program does not run where it was installed"; exit 1; }
done
[[ ! -e $prefix/bin/rebound ]] || for page in rebound rebound-note rebound-help; do
    [[ -s $(find "$prefix" -path "*/man/man1/$page.1") ]] || { echo "no man page $page"; exit 1; }
done
[[ ! -e $prefix/bin/reboundd ]] || [[ -s $(find "$prefix" -path "*/man/man8/reboundd.8") ]] || { echo "no man page reboundd"; exit 1; }
[[ ! -e $prefix/bin/rebound ]] || for script in bash-completion/completions/rebound zsh/site-functions/_rebound fish/vendor_completions.d/rebound.fish; do
    [[ -s $prefix/share/$script ]] || { echo "no completion $script"; exit 1; }
done
# Every schema of what --json answers is there, whole.
[[ ! -e $prefix/bin/rebound ]] || for schema in $("$prefix/bin/rebound" --json help json | jq -r '.schemas[].name'); do
    jq -e '."$id" and ."$defs"' "$prefix/share/rebound/schemas/$schema.json" >/dev/null || { echo "no schema $schema"; exit 1; }
done
echo "install: $version works from $prefix"
