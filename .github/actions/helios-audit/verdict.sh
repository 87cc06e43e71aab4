#!/usr/bin/env bash
# The verdict of the guards as the status of the step. Not checked is never a pass: it is said, whatever the job is told
# to fail on.
set -u
verdict=${AUDIT_VERDICT:-error}
fail_on=${AUDIT_FAIL_ON:-findings}
case $fail_on in
findings | not-checked | never) ;;
*)
  echo "::error title=helios audit::fail-on is $fail_on; findings, not-checked or never was expected"
  exit 2
  ;;
esac
echo "helios audit: $verdict"
case $verdict in
pass) exit 0 ;;
fail)
  [ "$fail_on" = never ] && exit 0
  exit 1
  ;;
not-checked)
  echo "::warning title=helios audit::not (fully) checked; the summary says what is missing and what would supply it"
  [ "$fail_on" = not-checked ] && exit 3
  exit 0
  ;;
*) exit 2 ;;
esac
