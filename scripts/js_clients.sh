#!/bin/sh
# Install what the tests in JavaScript import, by the npm of the virtual environment $1.
set -eu

venv=$1
folder=tests/js
lock=$folder/package-lock.json
if [ -d "$folder/node_modules" ] && cmp -s "$lock" "$folder/node_modules/.installed"; then exit 0; fi
PATH="$(cd "$venv/bin" && pwd):$PATH" npm ci --prefix "$folder" --no-audit --no-fund --ignore-scripts --silent
cp "$lock" "$folder/node_modules/.installed"
