#!/bin/sh
# The project's own tests, as its continuous integration runs them: in whatever directory the project lies.
set -eu
cd "$(dirname "$0")/.."

# What a store can lose without any JavaScript noticing.
[ -x bin/slug ] || { echo "bin/slug is not executable"; exit 1; }
[ -L bin/to-slug ] || { echo "bin/to-slug is not a symbolic link"; exit 1; }
[ -f docs/empty.txt ] || { echo "docs/empty.txt is missing"; exit 1; }
[ "$(node bin/to-slug 'Run It')" = "run-it" ] || { echo "bin/to-slug does not run"; exit 1; }

# tap on standard output, so that whoever runs this can count the tests
exec node --test --test-reporter=tap test/*.test.mjs
