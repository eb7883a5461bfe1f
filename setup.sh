#!/usr/bin/env bash
# Sets up a Debian 12 machine for Rebound: installs what is missing, builds, shows what it does, tests. Run ./setup.sh for the commands.
set -euo pipefail
cd "$(dirname "$0")"

# What building and running needs, and what the tests need beside it.
run_packages=(
    build-essential cmake gettext ninja-build pkg-config protobuf-c-compiler
    libconfuse-dev libedit-dev libical-dev libjansson-dev libkeyutils-dev libmd-dev libnng-dev libprotobuf-c-dev libqrcodegen-dev
    libsodium-dev libsqlite3-dev libutf8proc-dev libwslay-dev libyaml-dev libzip-dev libzstd-dev
)
test_packages=(bats doxygen fish jq libcmocka-dev mandoc python3 python3-jsonschema valgrind zlib1g-dev zsh)

usage() {
    cat <<'USAGE'
usage: ./setup.sh COMMAND

  try        installs what building needs, builds, and shows the main job: a server, a laptop, a phone, one journal
  build      installs what building needs, then builds a release in build/release
  test       installs what the tests need too, then builds and tests in build/dev
  packages   prints the Debian packages that both need, and installs nothing

What is already installed is left alone. Installing uses apt-get, through sudo unless you are root.
USAGE
}

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

as_root() {
    if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

# install PACKAGE...: those that are missing, after saying which.
install() {
    local missing=() package id='' version=''
    if [[ -r /etc/os-release ]]; then
        id=$(sed -n 's/^ID=//p' /etc/os-release | tr -d '"')
        version=$(sed -n 's/^VERSION_ID=//p' /etc/os-release | tr -d '"')
    fi
    if [[ $id != debian || $version != 12 ]]; then
        fail "this script knows Debian 12 alone. Install what your system calls these, then run
  cmake --workflow --preset dev
  $*"
    fi
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    if [[ ${#missing[@]} -eq 0 ]]; then
        say 'all packages are there'
        return
    fi
    say "will install with apt-get, and what they depend on: ${missing[*]}"
    if [[ $EUID -ne 0 ]] && ! command -v sudo >/dev/null; then
        fail "installing needs root and there is no sudo. As root: apt-get install ${missing[*]}"
    fi
    as_root apt-get update -q || say 'some package lists could not be refreshed; going on with those that are here'
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" ||
        fail "apt-get could not install them all; its message stands above"
}

# build PRESET [CMAKE-OPTION...]
build() {
    local preset=$1
    shift
    cmake --preset "$preset" "$@"
    cmake --build --preset "$preset"
}

[[ $# -eq 1 ]] || {
    usage >&2
    exit 2
}
case $1 in
try)
    install "${run_packages[@]}"
    build release -DREBOUND_TESTS=OFF
    tests/cli/main_job.sh build/release/client/rebound build/release/server/reboundd
    ;;
build)
    install "${run_packages[@]}"
    build release -DREBOUND_TESTS=OFF
    ;;
test)
    install "${run_packages[@]}" "${test_packages[@]}"
    build dev
    ctest --preset dev
    ;;
packages)
    printf '%s\n' "${run_packages[@]}" "${test_packages[@]}"
    ;;
-h | --help | help) usage ;;
*)
    usage >&2
    exit 2
    ;;
esac
