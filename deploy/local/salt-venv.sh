#!/bin/sh
# Salt's master, minion and salt-api from PyPI in a folder of their own, for the tests that run them: salt-venv.sh FOLDER.
# The second time it only looks whether they are there.
set -eu
version=3007.15
venv=${1:?a folder is needed}
mark=$venv/guard-salt-$version
# Started, because a folder that was moved has programs that do not.
if [ -e "$mark" ] && "$venv/bin/salt-master" --version; then exit 0; fi
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-input "salt==$version" 'CherryPy==18.10.0'
"$venv/bin/salt-master" --version
touch "$mark"
