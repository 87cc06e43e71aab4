/** What all schemas have in common: commands, scripts, capabilities and the other settings of a container. */
import { hit, movedTo, type Hit, type Place, type Problem } from "../hit.ts";
import { ruleOfCapability } from "../rules/targets.ts";
import { isUnconfined, privilegesOf } from "../shell/containers.ts";
import { scanArgv, scanShell, unknownPart, type Embed } from "../shell/shell-script.ts";
import type { ConfigNode } from "./node.ts";

export interface ConfigScan {
  readonly hits: Hit[];
  readonly problems: Problem[];
  readonly embed: Embed;
}

/** A text that some shell or interpreter gets; `path` picks the front end of another language. */
export function script(node: ConfigNode | undefined, into: ConfigScan, path = "script.sh"): void {
  const source = node?.text;
  if (node === undefined || source === undefined) return;
  // `${{ ... }}` of workflows and `{{.NAME}}` of task files are filled in before the shell sees the text.
  const known = source.replace(
    /\$?\{\{[^}]*\}\}/g,
    (match) => unknownPart + "\n".repeat(match.split("\n").length - 1),
  );
  const found = path === "script.sh" ? scanShell(known, into.embed) : into.embed(path, known);
  const moved = movedTo(found, node.textPlace);
  into.hits.push(...moved.hits);
  if (known === source) into.problems.push(...moved.problems);
}

/** A text whose first line says what reads it (`#!`, `#cloud-config`); without one it is a shell script. */
export function scriptByItself(node: ConfigNode | undefined, into: ConfigScan): void {
  const [first = ""] = (node?.text ?? "").trimStart().split("\n", 1);
  if (first.startsWith("#cloud-config")) script(node, into, "user-data.yaml");
  else if (/^#!.*\bpython/.test(first)) script(node, into, "script.py");
  else if (/^#!.*\b(?:node|deno|bun)\b/.test(first)) script(node, into, "script.js");
  else if (!first.startsWith("#!") || /^#!.*\b(?:ba|da|a|k|z)?sh\b/.test(first)) script(node, into);
}

/** A list is a command line, a text a script. */
export function commandLine(node: ConfigNode | undefined, into: ConfigScan): void {
  if (node === undefined) return;
  if (node.isList) words(node.texts(), node.place, into);
  else script(node, into);
}

export function words(argv: readonly string[], at: Place, into: ConfigScan): void {
  const found = scanArgv(argv, into.embed);
  into.hits.push(...found.hits.map((each) => ({ ...each, ...at })));
}

export function privileged(node: ConfigNode | undefined, into: ConfigScan, key = "privileged"): void {
  const field = node?.get(key);
  if (field?.isTrue === true) into.hits.push(hit("privileged-container", `${key}: true`, field.place));
}

export function capabilities(list: ConfigNode | undefined, into: ConfigScan, what = "capability "): void {
  const items = list?.isList === true ? list.items() : list === undefined ? [] : [list];
  for (const item of items) {
    const rule = ruleOfCapability(item.text ?? "");
    if (rule !== undefined) into.hits.push(hit(rule, `${what}${item.text ?? ""}`, item.place));
  }
}

/** Options as `docker run` takes them. */
export function options(node: ConfigNode | undefined, into: ConfigScan): void {
  if (node === undefined) return;
  const argv = node.isList
    ? node.texts().flatMap((text) => text.split(/\s+/))
    : (node.text ?? "").split(/\s+/);
  for (const found of privilegesOf(argv)) into.hits.push(hit(found.rule, found.what, node.place));
}

export function unconfined(list: ConfigNode | undefined, into: ConfigScan): void {
  for (const item of list?.items() ?? []) {
    if (isUnconfined(item.text ?? "")) into.hits.push(hit("confinement-off", item.text ?? "", item.place));
  }
}

/** `pid: host` and its siblings. */
export function hostNamespaces(node: ConfigNode, keys: readonly string[], into: ConfigScan): void {
  for (const key of keys) {
    const field = node.get(key);
    if (field?.text === "host") into.hits.push(hit("host-namespace", `${key}: host`, field.place));
    if (/^host(?:PID|IPC|_pid|_ipc)$/.test(key) && field?.isTrue === true)
      into.hits.push(hit("host-namespace", `${key}: true`, field.place));
  }
}
