#!/bin/sh
# Makes .venv and installs requirements/$1.txt into it, with progress. Called by the Makefile; safe to repeat.
set -eu
list=${1:?run or dev}
venv=.venv
log=$venv/install.log

say() { printf '  %s\n' "$*"; }
refuse() { printf '%s\n' "$*" >&2; exit 1; }

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$candidate" >/dev/null 2>&1 && is_new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    found=$(python3 --version 2>/dev/null || echo 'no Python at all')
    refuse "Python 3.11 or newer is needed, and this machine has $found. Install it, or name it: make PYTHON=/path/to/python3.12"
}

make_venv() {
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        refuse "$python cannot make virtual environments. On Debian and Ubuntu: apt-get install python$version-venv"
    fi
    say "Making $venv with $("$python" --version)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
}

# Says how far pip is, by its log.
stage() {
    if grep -q '^Installing collected packages' "$log"; then
        echo "unpacking"
    else
        echo "$(grep -c '^Collecting ' "$log" || true) of about $(grep -c '==' "requirements/$list.txt") packages found"
    fi
}

# Runs a command with its output in the log; says every few seconds that it goes on.
with_progress() {
    title=$1; shift
    PYTHONUNBUFFERED=1 "$@" >>"$log" 2>&1 &
    job=$!
    trap 'kill $job 2>/dev/null; exit 130' INT TERM HUP
    seconds=0
    while kill -0 $job 2>/dev/null; do
        sleep 1
        seconds=$((seconds + 1))
        if [ $((seconds % 4)) -eq 0 ]; then say "$title: $seconds s, $(stage)"; fi
    done
    if ! wait $job; then
        tail -n 25 "$log" >&2
        refuse "$title did not succeed. The lines above are the end of $log."
    fi
    trap - INT TERM HUP
    say "$title: done in $seconds s"
}

[ -w . ] || refuse "This directory cannot be written by $(id -un). Clone it as the user that runs it."
if [ -e $venv ] && [ ! -w $venv ]; then
    refuse "$venv belongs to another user. Remove it, or run as that user."
fi
is_new_enough $venv/bin/python || make_venv
$venv/bin/python -m pip --version >/dev/null 2>&1 || make_venv
: >"$log"
with_progress "Installing packages" \
    $venv/bin/python -m pip install --disable-pip-version-check --no-input --no-compile --require-hashes -r "requirements/$list.txt"
# Compiled on every core, which pip does on one, but for half of the code that nobody imports whole: providers' clients,
# FHIR's models, tools. A template among the files that is no Python is no failure.
seldom='site-packages/(twilio|stripe|fhir|pip|setuptools|mypy|mypyc|pygments|examples)/'
with_progress "Compiling packages" sh -c "$venv/bin/python -m compileall -q -j 0 -x '$seldom' $venv/lib || true"
with_progress "Installing this project" \
    $venv/bin/python -m pip install --disable-pip-version-check --no-input --no-deps --no-build-isolation --editable .
if [ "$list" = dev ]; then touch $venv/.ready-run; fi
touch "$venv/.ready-$list"
