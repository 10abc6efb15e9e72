#!/bin/sh
# Print the path of a Chromium for the browser tests: a found one, or one that is installed now.
#   chromium.sh VENV
set -eu

find_browser() {
    for name in ${CHROMIUM:-} chromium chromium-browser google-chrome google-chrome-stable; do
        path=$(command -v "$name" 2>/dev/null) || continue
        printf '%s\n' "$path"
        return 0
    done
    for path in "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium-*/chrome-linux*/chrome; do
        [ -x "$path" ] && printf '%s\n' "$path" && return 0
    done
    return 1
}

find_browser && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium for the browser tests with apt-get" >&2
    # The shell is the same browser without what draws windows: tests take a fifth less with it.
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null 2>&1 || true
    find_browser && exit 0
fi
echo "Installing Chromium for the browser tests with playwright" >&2
"$1/bin/playwright" install chromium >&2 || true
find_browser && exit 0
echo "No Chromium was found and none could be installed; set CHROMIUM=/path/to/chromium." >&2
exit 1
