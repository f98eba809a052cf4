#!/bin/sh
# Builds Helm into a folder by Go, from the module proxy, which checks it by its checksum database: install-helm.sh data/helm
# Version 3.11 asks for no newer Go than 1.19, the one of Debian 12.
set -eu
folder=${1:?usage: install-helm.sh FOLDER}
version=v3.11.3

if [ -x "$folder/helm" ]; then exit 0; fi
if ! command -v go >/dev/null; then
  echo "Helm $version cannot be built: there is no go (apt-get install golang-go)" >&2
  exit 1
fi
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
CGO_ENABLED=0 GOBIN="$folder" go install -ldflags='-s -w' "helm.sh/helm/v3/cmd/helm@$version"
