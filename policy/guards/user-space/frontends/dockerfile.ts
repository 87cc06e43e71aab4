/**
 * Dockerfiles: RUN, CMD, ENTRYPOINT and HEALTHCHECK in both forms, ONBUILD in front of any of them. `RUN --mount=`
 * is a cache of the builder, not a mount of ours; `RUN --security=insecure` is a privileged container.
 */
import { createRequire } from "node:module";
import type { DockerfileParser } from "dockerfile-ast";
import type { FrontEnd } from "../frontend.ts";
import { distinct, hit, movedTo, type Hit, type Problem, type ScanResult } from "../hit.ts";
import { scanArgv, scanShell, type Embed } from "../shell/shell-script.ts";

const require = createRequire(import.meta.url);

/** Loaded for the first Dockerfile only. */
function parse(text: string): ReturnType<typeof DockerfileParser.parse> {
  const { DockerfileParser: parser } = require("dockerfile-ast") as {
    DockerfileParser: typeof DockerfileParser;
  };
  return parser.parse(text);
}

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => {
    const lines = source.text.split(/\r?\n/);
    const hits: Hit[] = [];
    const problems: Problem[] = [];
    let usesShell = true;
    for (const instruction of parse(source.text).getInstructions()) {
      const { start, end } = instruction.getRange();
      const keyword = instruction.getKeyword().toUpperCase();
      const own = lines.slice(start.line, end.line + 1);
      if (keyword === "SHELL")
        usesShell = /(?:^|["/])(?:ba|da|a|k|z)?sh"/.test(instruction.getRawArgumentsContent() ?? "");
      const found =
        keyword === "COPY" || keyword === "ADD"
          ? written(own, surroundings.embed)
          : judge(bodyOf(own, keyword), usesShell, surroundings.embed);
      const moved = movedTo(found, { line: start.line + 1, column: 1 });
      hits.push(...moved.hits);
      problems.push(...moved.problems);
    }
    return { hits: distinct(hits), problems };
  },
};

/** `COPY <<EOF /entry.sh`: a file that is written here; its name says what it is. */
function written(lines: readonly string[], embed: Embed): ScanResult {
  const [first = "", ...body] = lines;
  const opening = /<<-?\s*["']?(\w+)["']?/.exec(first);
  const target = first.trim().split(/\s+/).at(-1);
  if (opening === null || target === undefined) return { hits: [], problems: [] };
  const end = body.findIndex((line) => line.trim() === opening[1]);
  const found = embed(target.replace(/^\/+/, ""), body.slice(0, end === -1 ? body.length : end).join("\n"));
  return movedTo({ hits: found.hits, problems: [] }, { line: 2, column: 1 });
}

interface Body {
  readonly keyword: string;
  /** As many lines as the instruction has, so that places still count. */
  readonly text: string;
}

/** Continuation lines joined by the shell's own backslash; comment lines between them emptied, as the builder does. */
function bodyOf(lines: readonly string[], first: string): Body {
  const hasDocument = lines.length > 1 && /<<-?\s*["']?\w/.test(lines[0] ?? "");
  const text = lines
    .map((line, index) => (index > 0 && !hasDocument && /^\s*#/.test(line) ? "\\" : line))
    .join("\n");
  let rest = text.replace(/^\s*[A-Za-z]+/, "");
  let keyword = first;
  if (keyword === "ONBUILD") {
    keyword = /^\s*([A-Za-z]+)/.exec(rest)?.[1]?.toUpperCase() ?? "";
    rest = rest.replace(/^\s*[A-Za-z]+/, "");
  }
  return { keyword, text: rest };
}

function judge(body: Body, usesShell: boolean, embed: Embed): ScanResult {
  const nothing: ScanResult = { hits: [], problems: [] };
  switch (body.keyword) {
    case "RUN":
    case "CMD":
    case "ENTRYPOINT":
      break;
    case "HEALTHCHECK":
      if (!/\bCMD\b/.test(body.text)) return nothing;
      break;
    default:
      return nothing;
  }
  const flags = /^(?:[\s\\]*--[\w-]+(?:=\S*)?)*/.exec(body.text)?.[0] ?? "";
  const command = body.text
    .slice(flags.length)
    .replace(/^[\s\\]*CMD\b/, (word) =>
      body.keyword === "HEALTHCHECK" ? "\n".repeat(newlines(word)) : word,
    );
  const start = { line: 1 + newlines(flags), column: 1 };
  const insecure = /--security=insecure/.test(flags)
    ? [hit("privileged-container", "RUN --security=insecure", { line: 1, column: 1 })]
    : [];
  const found = movedTo(run(command, usesShell, embed), start);
  return { hits: [...insecure, ...found.hits], problems: found.problems };
}

function run(command: string, usesShell: boolean, embed: Embed): ScanResult {
  const vector = execForm(command);
  if (vector !== undefined) return scanArgv(vector, embed);
  if (!usesShell) return { hits: [], problems: [] };
  const document = /^\s*<<-?\s*["']?(\w+)["']?[ \t]*\n/.exec(command);
  if (document?.[1] === undefined) return scanShell(command, embed);
  // `RUN <<EOF`: the here-document is the script itself.
  const lines = command.slice(document[0].length).split("\n");
  const end = lines.findIndex((line) => line.trim() === document[1]);
  const script = lines.slice(0, end === -1 ? lines.length : end).join("\n");
  const at = { line: 2, column: 1 };
  if (/^#!.*\bpython/.test(script)) return movedTo(embed("run.py", script), at);
  if (/^#!.*\b(?:node|bun|deno)\b/.test(script)) return movedTo(embed("run.js", script), at);
  return movedTo(scanShell(script, embed), at);
}

/** `["a", "b"]`: JSON or it is the shell form. */
function execForm(command: string): string[] | undefined {
  const trimmed = command.replace(/\\\r?\n/g, " ").trim();
  if (!trimmed.startsWith("[")) return undefined;
  try {
    const parsed: unknown = JSON.parse(trimmed);
    return Array.isArray(parsed) && parsed.every((word) => typeof word === "string") ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function newlines(text: string): number {
  return text.split("\n").length - 1;
}
