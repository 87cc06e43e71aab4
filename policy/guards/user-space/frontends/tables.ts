/**
 * Tables that a system reads line by line: `fstab`, `sysctl.d`, `modules-load.d`, `crontab`, and the process list of a
 * Procfile. Every line of them asks for something, so the name of the file decides.
 */
import { distinct, hit, movedTo, type Hit, type ScanResult } from "../hit.ts";
import type { FrontEnd } from "../frontend.ts";
import { ruleOfMountType } from "../rules/targets.ts";
import { scanShell, type Embed } from "../shell/shell-script.ts";

type Line = (
  words: readonly string[],
  line: string,
  at: { line: number; column: number },
  embed: Embed,
) => ScanResult;

const nothing: ScanResult = { hits: [], problems: [] };
const one = (found: Hit): ScanResult => ({ hits: [found], problems: [] });

const tables: readonly { readonly path: RegExp; readonly read: Line }[] = [
  {
    path: /(?:^|\/)fstab(?:\.\w+)?$/,
    read: ([source, target, type], _line, at) =>
      target === undefined || type === undefined || type === "swap"
        ? nothing
        : one(hit(ruleOfMountType(type), `${source ?? ""} on ${target}`, at)),
  },
  {
    path: /(?:^|\/)sysctl(?:\.conf$|\.d\/)/,
    read: (_words, line, at) => (line.includes("=") ? one(hit("system-state", line.trim(), at)) : nothing),
  },
  {
    path: /(?:^|\/)modules-load\.d\//,
    read: ([name], _line, at) => (name === undefined ? nothing : one(hit("kernel-module", name, at))),
  },
  {
    path: /(?:^|\/)(?:crontab|cron\.d\/[^/]+)$/,
    read: (words, line, at, embed) => {
      if (/^\s*\w+\s*=/.test(line)) return nothing;
      const times = words[0]?.startsWith("@") === true ? 1 : 5;
      // A crontab of the system names the user before the command.
      const hasUser = /^[a-z_][\w-]*$/.test(words[times] ?? "") && words.length > times + 1;
      const command = words.slice(times + (hasUser ? 1 : 0)).join(" ");
      return movedTo({ hits: scanShell(command, embed).hits, problems: [] }, at);
    },
  },
  {
    path: /(?:^|\/)Procfile(?:\.\w+)?$/,
    read: (_words, line, at, embed) => {
      const command = /^[\w-]+:\s*(.*)$/.exec(line)?.[1];
      return command === undefined ? nothing : movedTo(scanShell(command, embed), at);
    },
  },
];

export const tablePaths = new RegExp(tables.map(({ path }) => path.source).join("|"));

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => {
    const table = tables.find((each) => each.path.test(source.path));
    if (table === undefined) return nothing;
    const found = source.text.split(/\r?\n/).map((line, index) => {
      const text = line.trim();
      if (text === "" || /^[#;]/.test(text)) return nothing;
      return table.read(text.split(/\s+/), line, { line: index + 1, column: 1 }, surroundings.embed);
    });
    return {
      hits: distinct(found.flatMap((each) => each.hits)),
      problems: found.flatMap((each) => each.problems),
    };
  },
};
