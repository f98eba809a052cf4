#!/bin/sh
# Installs or upgrades Latency Guard from the unpacked tarball, as root: ./install.sh
# The application goes to /opt/latency-guard; configuration that is there already stays as it is.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=/opt/latency-guard
if [ "$(id -u)" != 0 ]; then
  echo 'install.sh: only root can install; without it, run bin/guard-exporter where it is' >&2
  exit 1
fi
if [ "$here" = "$target" ]; then
  echo "install.sh: this is the installation itself; run the install.sh of the new tarball" >&2
  exit 1
fi

rm -rf "$target.new"
mkdir -p "$target.new"
(cd "$here" && tar -cf - --exclude=./system --exclude=./install.sh .) | tar -xf - --no-same-owner -C "$target.new"
(cd "$here/system" && find . ! -type d | sort) >"$target.new/installed-files"
rm -rf "$target"
mv "$target.new" "$target"

while read -r file; do
  case "$file" in ./etc/*) if [ -e "/$file" ]; then continue; fi ;; esac
  mkdir -p "/${file%/*}"
  cp -P "$here/system/$file" "/$file"
done <"$target/installed-files"

if command -v systemd-sysusers >/dev/null; then
  systemd-sysusers latency-guard.conf
else
  getent group latency-guard >/dev/null || groupadd --system latency-guard
  getent passwd latency-guard >/dev/null ||
    useradd --system --gid latency-guard --home-dir /var/lib/latency-guard --no-create-home \
      --shell /usr/sbin/nologin --comment 'Latency Guard' latency-guard
fi

# Written by root alone, since it is code that runs; the exporter may not write there. Without it: 20 MB more memory.
rm -rf /var/cache/latency-guard
mkdir -p -m 755 /var/cache/latency-guard
(umask 022 && "$target/bin/guard-exporter" --config.check >/dev/null 2>&1) ||
  echo 'install.sh: could not fill /var/cache/latency-guard; the exporter runs without it' >&2

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl enable latency-guard-exporter.service
  systemctl restart latency-guard-exporter.service
  systemctl try-restart latency-guard-analyzer.service
else
  echo 'install.sh: no systemd is running here; start /opt/latency-guard/bin/guard-exporter by your own means'
fi
