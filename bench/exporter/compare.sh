#!/bin/sh
# What the exporter costs, with a gate for every bar; README.md has the bars. Needs cc and, for the peers, the Debian packages
# prometheus-process-exporter, prometheus-node-exporter and netdata-core (apps.plugin); netdata itself is never started.
#   compare.sh [--quick] [--rounds N] [--only TEXT]      CPU and memory per scrape, on the four populations or those named so
#   compare.sh churn [--quick] [--rounds N]              memory and counters while 200 of 1,000 processes are replaced each time
#   compare.sh health [--quick] [--rounds N]             how long /-/healthy takes while 4,000 processes are scraped
# Exit code: 0 every bar holds, 1 one does not, 2 one could not be judged.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cc -O2 -pthread -o "$folder/population" "$here/population.c"
ulimit -n "$(ulimit -Hn)"
what=compare
case ${1:-} in churn | health) what=$1; shift ;; esac
"$here/../../node_modules/.bin/node" "$here/$what.ts" "$folder/population" "$@" &
bench=$!
trap 'kill "$bench" 2>/dev/null || true' INT TERM
code=0
wait "$bench" || code=$?
# A trapped signal ends the first wait early; the benchmark then ends what it started.
if kill -0 "$bench" 2>/dev/null; then wait "$bench" || code=$?; fi
exit "$code"
