#!/bin/sh
# Print the path of a PgBouncer for the tests: a found one, or one that is installed now.
set -eu

find_pooler() {
    for name in ${PGBOUNCER:-} pgbouncer /usr/sbin/pgbouncer /usr/local/sbin/pgbouncer; do
        command -v "$name" 2>/dev/null && return 0
    done
    return 1
}

find_pooler && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing PgBouncer for the tests with apt-get" >&2
    # Nothing is to run that a test has not started.
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends pgbouncer; } >/dev/null 2>&1 || true
    find_pooler && exit 0
fi
echo "No PgBouncer was found and none could be installed; set PGBOUNCER=/path/to/pgbouncer." >&2
exit 1
