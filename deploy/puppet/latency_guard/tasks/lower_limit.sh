#!/bin/sh
# bolt task run latency_guard::lower_limit unit=batch.service property=CPUQuota value=50% --targets web1
set -eu
run() { if [ "${PT__noop:-false}" = true ]; then echo "would run: $*"; else "$@"; fi; }
echo "before: $(systemctl show --property="$PT_property" -- "$PT_unit")"
run systemctl set-property --runtime -- "$PT_unit" "$PT_property=$PT_value"
