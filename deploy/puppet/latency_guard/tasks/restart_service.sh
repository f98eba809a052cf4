#!/bin/sh
# bolt task run latency_guard::restart_service unit=shop.service --targets web1
set -eu
run() { if [ "${PT__noop:-false}" = true ]; then echo "would run: $*"; else "$@"; fi; }
run systemctl restart -- "$PT_unit"
