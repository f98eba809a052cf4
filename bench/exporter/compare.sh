#!/bin/sh
# What the exporter costs, against the C floor and its peers. Needs cc; peers that are not installed are left out
# (Debian: prometheus-process-exporter prometheus-node-exporter netdata-plugins-bash).
#   compare.sh [PROCESSES [ACTIVE_PERCENT [SCRAPES]]]     default 1000 0 15
#   compare.sh churn [PROCESSES [REPLACED [SCRAPES]]]     default 1000 200 1000
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cc -O2 -pthread -o "$folder/population" "$here/population.c"
ulimit -n "$(ulimit -Hn)"
node=$here/../../node_modules/.bin/node
if [ "${1:-}" = churn ]; then
  shift
  "$node" "$here/churn.ts" "$folder/population" "$@"
else
  "$node" "$here/compare.ts" "$folder/population" "$@"
fi
