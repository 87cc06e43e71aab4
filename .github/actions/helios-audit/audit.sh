#!/usr/bin/env bash
# Runs the guards one after the other; each runs even when an earlier one failed. Says what came out in the outputs of the
# step and leaves the decision to verdict.sh, so that the findings are uploaded before the job fails.
set -u
helios="$(cd "$(dirname "$0")/../../.." && pwd)"
export PATH="$helios/node_modules/.bin:$PATH"

reports=$(mktemp -d "${RUNNER_TEMP:-/tmp}/helios-audit-XXXXXX") || exit 2
verdict=pass

# worse NEW: keeps the worst of pass, not-checked, fail, error.
worse() {
  case "$verdict/$1" in
  error/* | */pass | fail/not-checked) ;;
  *) verdict=$1 ;;
  esac
}

# audit GUARD [ARGUMENT...]
audit() {
  local guard=$1 status
  shift
  echo "::group::helios audit $guard"
  node "$helios/cli/bin/helios-cli.js" audit "$guard" "${AUDIT_PATH:-.}" "$@" \
    --also "sarif=$reports/$guard.sarif" --also "markdown=$reports/$guard.md"
  status=$?
  echo "::endgroup::"
  case $status in
  0) ;;
  1) worse fail ;;
  3) worse not-checked ;;
  *)
    worse error
    echo "::error title=helios audit $guard::the check could not do its work (exit status $status); the log says why"
    ;;
  esac
}

guards=${AUDIT_GUARDS:-all}
guards=${guards//,/ }
[ "$guards" = all ] && guards="licenses syscalls vulnerabilities"
for guard in $guards; do
  options=()
  [ -n "${AUDIT_EXCEPTIONS:-}" ] && options+=(--exceptions "$AUDIT_EXCEPTIONS")
  [ "$guard" = syscalls ] && [ "${AUDIT_REQUIRE_FULL:-false}" = true ] && options+=(--require-full)
  case $guard in
  # An empty list counts as unset in older versions of bash.
  licenses | syscalls | vulnerabilities) audit "$guard" ${options[@]+"${options[@]}"} ;;
  *)
    worse error
    echo "::error title=helios audit::unknown guard: $guard (licenses, syscalls, vulnerabilities, or all)"
    ;;
  esac
done

if [ "${AUDIT_SUMMARY:-true}" = true ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  find "$reports" -name '*.md' | sort | while IFS= read -r page; do
    cat "$page"
    echo
  done >>"$GITHUB_STEP_SUMMARY"
fi
rm -f "$reports"/*.md
{
  echo "verdict=$verdict"
  # Nothing to upload is no directory.
  [ -z "$(find "$reports" -name '*.sarif' -print -quit)" ] || echo "sarif=$reports"
} >>"${GITHUB_OUTPUT:-/dev/stdout}"
