#!/bin/sh
# Print the path of a Python that this user can run and that can make virtual environments.
# PYTHON may name one. The first python3 on the PATH may belong to another user's home, or lack
# the venv module, so every candidate is tried.
set -u

works() {
    "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# The dependencies are locked for 3.11 and later; the oldest is the one that is tested most.
for name in ${PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3; do
    for directory in $(printf '%s' "$PATH" | tr ':' ' ') /usr/local/bin /usr/bin /opt/homebrew/bin; do
        case $name in
        */*) candidate=$name ;;
        *) candidate=$directory/$name ;;
        esac
        if [ -x "$candidate" ] && works "$candidate"; then
            printf '%s\n' "$candidate"
            exit 0
        fi
    done
done

echo "No usable Python 3.11 or newer was found (with the venv module)." >&2
echo "On Debian or Ubuntu: apt-get install python3 python3-venv. Or set PYTHON=/path/to/python3." >&2
exit 1
