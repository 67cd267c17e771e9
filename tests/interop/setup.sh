#!/bin/sh
# Installs what the suite needs beside node, python3 and chromium: npm packages into node_modules, PyPI packages into
# .venv. Does nothing when both are there for the present lists. Chromium is the system's (CHROMIUM, or
# /usr/bin/chromium); the suite says so when it is missing.
set -eu
cd "$(dirname "$0")"

# A stamp holds the checksum of the list that was installed last, so that a changed list is noticed.
current() { cksum < "$1"; }
installed() { [ -f "$2" ] && [ "$(cat "$2")" = "$(current "$1")" ]; }

if ! installed package-lock.json node_modules/.stamp; then
    npm ci --no-audit --no-fund --ignore-scripts
    current package-lock.json > node_modules/.stamp
fi

if ! installed requirements.txt .venv/.stamp; then
    rm -rf .venv
    python3 -m venv .venv || {
        echo "setup.sh: python3 cannot make a virtual environment; install python3 and python3-venv" >&2
        exit 1
    }
    .venv/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt
    current requirements.txt > .venv/.stamp
fi
