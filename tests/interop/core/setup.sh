#!/bin/sh
# Installs what the suite needs beside node, python3, chromium, cargo and OpenSSL's headers: npm packages into node_modules, PyPI
# packages into .venv; builds the package in typescript/ and the client in rust/. Does nothing when all is there for the present lists.
set -eu
cd "$(dirname "$0")"

# A stamp holds the checksum of the list that was installed last, so that a changed list is noticed.
current() { cksum < "$1"; }

if [ "$(cat node_modules/.stamp 2>/dev/null)" != "$(current package-lock.json)" ]; then
    npm ci --no-audit --no-fund --ignore-scripts
    current package-lock.json > node_modules/.stamp
fi

../../../typescript/build

if [ "$(cat .venv/.stamp 2>/dev/null)" != "$(current requirements.txt)" ]; then
    rm -rf .venv
    python3 -m venv .venv || {
        echo "setup.sh: python3 cannot make a virtual environment; install python3 and python3-venv" >&2
        exit 1
    }
    .venv/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt
    current requirements.txt > .venv/.stamp
fi

cargo build --quiet --locked --manifest-path rust/Cargo.toml --target-dir rust/target
