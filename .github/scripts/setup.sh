#!/usr/bin/env bash
# Set-up: the packages of package-lock.json and, among them, the Node this project is pinned to.
#
# Shell and not zx, because nothing is installed yet when it runs. It needs some Node >= 20 and npm, only to fetch
# the pinned Node; everything after that runs on the pinned one. Called by the Makefile when package-lock.json is
# newer than what is installed; takes about 20 seconds with a fast connection.
set -u
cd "$(dirname "$0")/../.." || exit 2

say() { printf 'setup: %s\n' "$*"; }
stop() {
  printf 'setup: %s\n' "$@" >&2
  rm -f node_modules/.package-lock.json # what is there is not known to be whole: the next make tries again
  exit 2
}

command -v node >/dev/null 2>&1 || stop "Node.js is missing." \
  "Install any Node.js from 20 on, with npm (nodejs.org, or your system's packages), then run make again."
command -v npm >/dev/null 2>&1 || stop "npm is missing (node is there: $(node --version))." \
  "Some systems package it apart: install 'npm', then run make again."
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 20 ] || stop "Node.js $(node --version) is too old to install the packages; 20 or newer is needed." \
  "It is used for the installation only. Everything else runs on the Node this project brings."

# The first line of npm's message that is a sentence, not a code or a blank.
reason() {
  sed -n 's/^npm error *//p' "$1" | grep -m1 -E '[a-z]+ .* [a-z]+'
}

log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM

# npm prints one warning per package that asks for a newer Node than the one npm itself runs on. They do not apply:
# the pinned Node runs the packages. Errors are still shown.
quiet="--loglevel=error"

pinned=$(node -p 'require("./package.json").devDependencies.node')
say "installing packages and Node $pinned into node_modules (about 20 seconds, more on a slow connection)"
if ! npm ci $quiet 2>"$log"; then
  say "npm ci stopped: $(reason "$log")"
  if grep -q 'EUSAGE' "$log"; then
    say "trying npm install: it takes the versions of the lock file too, but does not mind that optional packages for"
    say "other systems are missing from it."
  else
    say "trying npm install, once."
  fi
  npm install --no-save $quiet || stop "the packages could not be installed; npm's messages are above." \
    "Most often the network or a proxy is the cause: 'npm ping' tells. Then run make setup again."
fi

[ -x node_modules/.bin/node ] || stop "the pinned Node $pinned was not installed." \
  "npm was probably told to run no install scripts: check 'npm config get ignore-scripts', set it to false, try again."
found=$(node_modules/.bin/node --version) || stop "the pinned Node $pinned does not start on this system."
[ "$found" = "v$pinned" ] || stop "node_modules/.bin/node is $found, but package.json pins $pinned." \
  "Remove node_modules and run make setup again."

touch node_modules/.package-lock.json # npm writes it last; the Makefile compares its time with package-lock.json
