#!/bin/sh
# Installs Debian packages as root without letting their services start: apt-install.sh PACKAGE...
# Paths come from the environment so that a test can run this without touching the machine.
set -eu
policy_file=${GUARD_POLICY_FILE:-/usr/sbin/policy-rc.d}
unit_folders=${GUARD_UNIT_FOLDERS:-/etc/systemd/system /lib/systemd/system /usr/lib/systemd/system}
systemd_running=${GUARD_SYSTEMD_RUNNING:-/run/systemd/system}
units='prometheus.service prometheus-alertmanager.service'
mark='# Latency Guard: temporary'
child=

has_unit() {
  for folder in $unit_folders; do
    if [ -e "$folder/$1" ]; then return 0; fi
  done
  return 1
}

allow_services() {
  if grep -qs "^$mark" "$policy_file"; then rm -f "$policy_file"; fi
}

stop() {
  if [ -n "$child" ]; then
    kill -TERM "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  exit "$1"
}

# In the background, because a shell acts on signals only between foreground commands.
run() {
  "$@" </dev/null &
  child=$!
  wait "$child"
  child=
}

new_units=
for unit in $units; do
  if ! has_unit "$unit"; then new_units="$new_units $unit"; fi
done

trap allow_services EXIT
trap 'stop 129' HUP
trap 'stop 130' INT
trap 'stop 143' TERM
allow_services
if [ ! -e "$policy_file" ]; then
  printf '#!/bin/sh\n%s, no service starts while packages install\nexit 101\n' "$mark" >"$policy_file"
  chmod 755 "$policy_file"
fi

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l
run apt-get -o DPkg::Lock::Timeout=120 update
run apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@"

# Policy stopped the start; this also keeps the services from starting at the next boot. Services of before stay as they are.
if [ -d "$systemd_running" ]; then
  for unit in $new_units; do
    if has_unit "$unit"; then systemctl disable --now "$unit"; fi
  done
fi
