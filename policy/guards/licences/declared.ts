/**
 * Declared licence fields. `license-checker` collects them, because it is the tool people know and it finds fields
 * that only a README states; it never judges: it passes `(MIT AND AGPL-3.0-only)`, takes `FSL-1.1-MIT` for MIT and
 * does not see vendored texts.
 *
 * It runs in a process of its own. A broken package.json makes it throw outside any callback, which would end the
 * whole audit.
 */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { throwIfAborted } from "../guard.ts";
import { expressionText, parseExpression } from "./expression.ts";
import { record } from "./lockfile.ts";

const execute = promisify(execFile);
const timeoutMs = 120_000;
const outputLimitBytes = 64 * 1024 * 1024;

export type Collected =
  | {
      readonly kind: "collected";
      /** `name@version` to the field as declared. */ readonly fields: ReadonlyMap<string, string>;
    }
  | { readonly kind: "failed"; readonly reason: string };

export async function collectDeclared(root: string, signal: AbortSignal | undefined): Promise<Collected> {
  const checker = createRequire(import.meta.url).resolve("license-checker");
  // `customFormat` hands out the raw `license` field; `licenses` is the checker's own reading of it.
  const script = `require(${JSON.stringify(checker)}).init({ start: ${JSON.stringify(root)}, customFormat: { license: "" } }, (error, found) => {
    if (error) { process.stderr.write(String(error.message ?? error)); process.exitCode = 1; return; }
    process.stdout.write(JSON.stringify(found));
  });`;
  try {
    const { stdout } = await execute(process.execPath, ["-e", script], {
      maxBuffer: outputLimitBytes,
      timeout: timeoutMs,
      ...(signal && { signal }),
    });
    return { kind: "collected", fields: fieldsOf(JSON.parse(stdout)) };
  } catch (error) {
    throwIfAborted(signal);
    return {
      kind: "failed",
      reason: firstLine((error as { stderr?: string }).stderr) ?? (error as Error).name,
    };
  }
}

/** Only fields that a manifest really declares: what the checker guessed from a README ends in `*`. */
function fieldsOf(found: unknown): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [key, value] of Object.entries(record(found) ?? {})) {
    const entry = record(value);
    const raw = entry?.["license"];
    if (typeof raw === "string" && raw.trim() !== "") fields.set(key, raw);
    else if (typeof entry?.["licenses"] === "string" && entry["licenses"].endsWith("*"))
      fields.set(key, entry["licenses"]);
  }
  return fields;
}

function firstLine(text: string | undefined): string | undefined {
  const line = text?.split("\n").find((candidate) => /Error|error/.test(candidate)) ?? text?.split("\n")[0];
  return line === "" ? undefined : line;
}

/**
 * The field as one text. Old `licenses` arrays offered a choice (the npm manual replaces them by an `OR`); old
 * objects name the licence in `type`. Undefined: nothing is declared.
 */
export function declaredField(value: unknown): string | undefined {
  if (!Array.isArray(value)) return singleField(value);
  const arms = value.map(singleField);
  if (arms.length <= 1) return arms[0];
  return arms.map((arm) => `(${armText(arm)})`).join(" OR ");
}

/** What a report repeats of a field: a hostile one has a million characters. */
export function shownField(declared: string): string {
  return declared.length > 300 ? `${declared.slice(0, 300)} ... (${declared.length} characters)` : declared;
}

/** A string, or an old object; nothing nests deeper. */
function singleField(value: unknown): string | undefined {
  const object = record(value);
  const text = object === undefined ? value : (object["type"] ?? object["name"]);
  return typeof text === "string" && text.trim() !== "" ? text.trim() : undefined;
}

/** An entry that says nothing, or nothing readable, may not vanish from a choice nor spoil the others. */
function armText(arm: string | undefined): string {
  const parsed = arm === undefined ? undefined : parseExpression(arm);
  return parsed?.kind === "expression" ? expressionText(parsed.expression) : "LicenseRef-unreadable";
}
