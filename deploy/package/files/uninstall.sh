#!/bin/sh
# Removes what install.sh installed, as root: /opt/latency-guard/uninstall.sh [--purge]
# --purge also takes the configuration, what was learnt, and the user.
set -eu

target=/opt/latency-guard
purge=${1:-}
case "$purge" in '' | --purge) ;; *) echo "uninstall.sh: unknown argument $purge; there is only --purge" >&2; exit 1 ;; esac

if [ -d /run/systemd/system ]; then
  systemctl disable --now latency-guard-exporter.service latency-guard-analyzer.service || true
fi
if [ -e "$target/installed-files" ]; then
  while read -r file; do
    case "$file" in ./etc/*) continue ;; esac
    rm -f "/$file"
    rmdir -p --ignore-fail-on-non-empty "/${file%/*}" 2>/dev/null || true
  done <"$target/installed-files"
fi
rm -rf "$target" /var/cache/latency-guard
if [ "$purge" = --purge ]; then
  rm -rf /etc/latency-guard /etc/default/latency-guard-exporter /etc/default/latency-guard-analyzer /var/lib/latency-guard
  if getent passwd latency-guard >/dev/null; then userdel latency-guard; fi
  if getent group latency-guard >/dev/null; then groupdel latency-guard; fi
fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
