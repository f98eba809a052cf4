#!/bin/sh
# Makes the bare Debian root that the installation tests start from: bare-root.sh FILE.tar
# minbase, and what Ansible and Puppet themselves need on a host. Reads the mirror from apt's own configuration.
set -eu
file=$1
packages=python3,python3-apt,puppet-agent,iputils-ping,iproute2

if [ -e "$file" ]; then exit 0; fi
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
  awk -v release="$codename" '$2 == release && $3 == "main" { print $1; exit }')
if [ -z "$mirror" ]; then
  echo "bare-root.sh: apt knows no mirror for $codename main" >&2
  exit 1
fi

folder=$(dirname "$file")
mkdir -p "$folder"
work=$(mktemp -d "$folder/bare-root.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
if ! debootstrap --variant=minbase --include="$packages" "$codename" "$work/root" "$mirror" >"$work/log" 2>&1; then
  tail -n 20 "$work/log" >&2
  echo "bare-root.sh: debootstrap could not make a root of $codename from $mirror" >&2
  exit 1
fi
rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/* "$work"/root/var/log/*
find "$work/root" -name __pycache__ -prune -exec rm -rf {} +
tar -C "$work/root" --numeric-owner --exclude=./dev/* --exclude=./proc/* --exclude=./sys/* -cf "$work/root.tar" .
mv "$work/root.tar" "$file"
