#!/bin/sh
# bolt task run latency_guard::rotate_logs config=/etc/logrotate.d/shop --targets web1
set -eu
run() { if [ "${PT__noop:-false}" = true ]; then echo "would run: $*"; else "$@"; fi; }
logrotate --debug "$PT_config"
run logrotate --force "$PT_config"
