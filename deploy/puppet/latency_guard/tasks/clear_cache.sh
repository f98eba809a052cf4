#!/bin/sh
# bolt task run latency_guard::clear_cache path=/var/cache/shop --targets web1
set -eu
run() { if [ "${PT__noop:-false}" = true ]; then echo "would run: $*"; else "$@"; fi; }
cd -- "$PT_path"
run find . -mindepth 1 -xdev -delete
