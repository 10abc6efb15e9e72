#!/bin/sh
# Resolve requirements*.in into lock files with hashes, for every platform and Python >= 3.11.
#   lock.sh VENV
set -eu

[ -x "$1/bin/uv" ] || "$1/bin/python" -m pip install --quiet uv==0.13.9
constraint=
for name in requirements requirements-speech requirements-models requirements-local requirements-dev; do
    # shellcheck disable=SC2086
    "$1/bin/uv" --quiet pip compile --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate $constraint "$name.in" --output-file "$name.txt"
    sed -i "1i # Locked from $name.in with 'make lock'. Do not edit." "$name.txt"
    constraint="$constraint --constraint $name.txt"
done
