#!/usr/bin/env bash
# Installs the programs that some tests use and that npm cannot bring: Debian packages, when this runs as root on a
# system with apt-get; elsewhere it says what is missing. It never fails a run: a test whose program is missing is
# skipped with that reason, and so is counted as skipped.
#
#   program       package       used by
#   strace        strace        audit syscalls --exec: the dynamic proof
#   redis-server  redis-server  the subject redis: a server of its own for each run
#   initdb        postgresql    the subject postgres, likewise; Debian keeps it out of PATH
set -u

needed=("strace:strace" "redis-server:redis-server" "initdb:postgresql")
# Directories of programs that are not in PATH.
for directory in /usr/lib/postgresql/*/bin; do PATH="$PATH:$directory"; done

missing=()
for pair in "${needed[@]}"; do
  program=${pair%%:*}
  if command -v "$program" >/dev/null 2>&1; then
    echo "test tools: $program is there"
  else
    missing+=("${pair##*:}")
  fi
done
# The packages start servers of their own, which nobody here asked for: a run starts and ends its own.
export RUNLEVEL=1
[ ${#missing[@]} -gt 0 ] || exit 0

skip() {
  echo "test tools: ${missing[*]} not installed ($1); the tests that use them are skipped"
  exit 0
}
command -v apt-get >/dev/null 2>&1 || skip "no apt-get on this system"
[ "$(id -u)" -eq 0 ] || skip "not running as root; as root: apt-get install ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
timeout 60 apt-get update -qq || skip "apt-get update failed"
timeout 150 apt-get install -y -qq --no-install-recommends "${missing[@]}" || skip "apt-get install failed"
echo "test tools: installed ${missing[*]}"
