/**
 * The hooks that Git runs, as text. Plain `sh`, because Git brings one everywhere, and short: it finds the program, runs
 * the hook that was there before, and hands over to `helios-cli hooks run`, where the decisions are.
 *
 * The first lines say that the file is ours and carry a hash of the rest, so that a hook somebody added lines to is
 * recognised and never thrown away.
 */
import { createHash } from "node:crypto";

export const hookNames = ["pre-commit", "pre-push"] as const;
export type HookName = (typeof hookNames)[number];

/** The hook that was there before is kept under this name; Git itself never runs it. */
export function chainedName(hook: HookName): string {
  return `${hook}.before-helios`;
}

const purpose: Readonly<Record<HookName, string>> = {
  "pre-commit": "forbidden kernel mechanisms in what is staged, licences when dependencies change",
  "pre-push": "every guard on the whole tree",
};

export interface ProgramPlace {
  /** The Node that installed the hook. */
  readonly node: string;
  /** The script it ran. */
  readonly script: string;
}

export function hookScript(hook: HookName, { node, script }: ProgramPlace): string {
  const body = `# ${purpose[hook]}. Written by \`helios-cli hooks install\`;
# \`helios-cli hooks uninstall\` takes it away and puts back what was here before.
# To let one commit or push through: git ${hook.slice(4)} --no-verify

directory=$(dirname "$0")
chained="$directory/${chainedName(hook)}"

# The project's own installation first, then the one that wrote this hook, then whatever is in PATH.
helios() {
  if [ -x node_modules/.bin/helios-cli ]; then
    node_modules/.bin/helios-cli "$@"
  elif [ -f ${quoted(script)} ] && [ -x ${quoted(node)} ]; then
    ${quoted(node)} ${quoted(script)} "$@"
  elif command -v helios-cli >/dev/null 2>&1; then
    helios-cli "$@"
  else
    echo "${hook}: helios-cli is not to be found, so nothing was checked (npm install, or helios-cli hooks uninstall)" >&2
    return 3
  fi
}

${hook === "pre-push" ? runPush : runCommit}
status=$?
# 1: findings, 2: the check itself failed. 3: not (fully) checked, which is said and stops nobody, unless
# \`git config helios.strictHooks true\`.
if [ "$status" -eq 3 ] && [ "$(git config --type=bool helios.strictHooks 2>/dev/null)" != true ]; then
  exit 0
fi
exit "$status"
`;
  return `#!/bin/sh\n# helios-hook: ${hook} ${hashOf(body)}\n${body}`;
}

const runCommit = `if [ -x "$chained" ]; then
  "$chained" "$@" || exit $?
fi
helios hooks run pre-commit`;

/** Git tells a pre-push hook on its standard input what is pushed; both hooks want to hear it. */
const runPush = `refs=$(cat)
if [ -x "$chained" ]; then
  printf '%s\\n' "$refs" | "$chained" "$@" || exit $?
fi
printf '%s\\n' "$refs" | helios hooks run pre-push`;

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function hashOf(body: string): string {
  return createHash("sha256").update(body).digest("hex").slice(0, 16);
}

/** What a hook file is: ours as it was written, ours with changes, or somebody else's. */
export function originOf(text: string): "ours" | "changed" | "foreign" {
  const match = /^#!\/bin\/sh\n# helios-hook: [\w-]+ ([0-9a-f]{16})\n/.exec(text);
  if (match === null) return "foreign";
  return hashOf(text.slice(match[0].length)) === match[1] ? "ours" : "changed";
}
