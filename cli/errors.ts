/**
 * How a failure is shown, in one place for every command: `error CODE: message` and `try: remedy` on stderr, or
 * `{"error": {code, message, remedy}}` on stdout under --json. The exit status is 2 either way (130 for Ctrl-C).
 *
 * Any error of ours carries `code` and `remedy`, whichever package it comes from, so they are recognised by shape:
 * a new package needs no line here. Errors of oclif's parser and of the operating system get a code and a remedy
 * below. What is left is a defect of this program and says so.
 */
import { exitCodes, type ExitCode } from "./exit-codes.ts";

export type CliErrorCode =
  | "USAGE_COMMAND" // no such command
  | "USAGE_FLAG" // no such flag, or a value it does not take
  | "USAGE_ARGUMENT" // an argument missing or too many
  | "PATH_UNKNOWN" // the snapshot has no such path
  | "BRANCH_UNKNOWN" // no such branch
  | "BRANCH_EXISTS" // a branch of that name is there already
  | "MERGE_UNRELATED" // two histories without a common commit
  | "HOOKS_NO_CHECKOUT" // hooks are asked for outside of a Git checkout
  | "HOOKS_SHARED" // the directory of hooks belongs to all repositories
  | "HOOK_EXISTS" // a hook of somebody else would be lost
  | "HOOK_CHANGED" // a hook of ours was changed by hand
  | "INTERRUPTED" // by Ctrl-C
  | "TERMINATED" // by SIGTERM
  | "DISK_FULL"
  | "IO_FAILED"
  | "INTERNAL";

/** A failure found by the command line itself. `path` names the file it is about, when there is one. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  readonly remedy: string;
  readonly path: string | undefined;

  constructor(
    code: CliErrorCode,
    message: string,
    remedy: string,
    options?: ErrorOptions & { path?: string },
  ) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
    this.path = options?.path;
  }
}

/** A failure as the user sees it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly path?: string;
  readonly exitCode: ExitCode;
  /** Shown only for defects: where it happened. */
  readonly stack?: string;
}

/** Where the user was, for the hints of usage errors. */
export interface UsageContext {
  readonly bin: string;
  /** The command as typed, e.g. `report render`; undefined when none was recognised. */
  readonly command: string | undefined;
  readonly knownFlags: readonly string[];
}

export function failureOf(error: unknown, usage: UsageContext): Failure {
  return ownFailure(error) ?? usageFailure(error, usage) ?? systemFailure(error) ?? defect(error);
}

export function failureAsText(failure: Failure): string {
  const lines = [`error ${failure.code}: ${failure.message}`, `try: ${failure.remedy}`];
  if (failure.stack !== undefined) lines.push(failure.stack);
  return `${lines.join("\n")}\n`;
}

export function failureAsJson(failure: Failure): string {
  const { code, message, remedy, path } = failure;
  return `${JSON.stringify({ error: { code, message, remedy, ...(path === undefined ? {} : { path }) } }, null, 2)}\n`;
}

function ownFailure(error: unknown): Failure | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("remedy" in error)) return undefined;
  const { code, remedy } = error;
  if (typeof code !== "string" || typeof remedy !== "string") return undefined;
  const path = "path" in error && typeof error.path === "string" ? { path: error.path } : {};
  return {
    code,
    message: error.message,
    remedy,
    ...path,
    exitCode: exitCodeOf(code),
  };
}

function exitCodeOf(code: string): ExitCode {
  if (code === "TERMINATED") return exitCodes.terminated;
  return code === "INTERRUPTED" || code === "ABORTED" ? exitCodes.interrupted : exitCodes.error;
}

/**
 * oclif's parse errors, told apart by what they carry rather than by class: the classes are not exported from the
 * entry points we import, and importing the whole of oclif costs more than a command that only reads a counter.
 */
function usageFailure(error: unknown, usage: UsageContext): Failure | undefined {
  if (!(error instanceof Error) || !("oclif" in error)) return undefined;
  const help = `${[usage.bin, usage.command].filter(Boolean).join(" ")} --help`;
  const message = withoutHelpLine(error.message);
  if ("flags" in error && isStrings(error.flags)) {
    const near = error.flags.map((flag) => nearest(flag.replace(/^--?/, ""), usage.knownFlags)).find(Boolean);
    return {
      code: "USAGE_FLAG",
      message: `unknown flag ${error.flags.join(", ")}`,
      remedy: near === undefined ? help : `--${near} (all flags: ${help})`,
      exitCode: exitCodes.error,
    };
  }
  const code = "args" in error ? "USAGE_ARGUMENT" : "USAGE_FLAG";
  return { code, message, remedy: help, exitCode: exitCodes.error };
}

function systemFailure(error: unknown): Failure | undefined {
  if (!(error instanceof Error) || !("errno" in error) || !("code" in error)) return undefined;
  const path = "path" in error && typeof error.path === "string" ? { path: error.path } : {};
  if (error.code === "ENOSPC" || error.code === "EDQUOT") {
    const remedy = "make room on the disk, or choose a directory on another one, and run it again";
    return { code: "DISK_FULL", message: error.message, remedy, ...path, exitCode: exitCodes.error };
  }
  const remedy = "check that the path exists and that you may read and write it";
  return { code: "IO_FAILED", message: error.message, remedy, ...path, exitCode: exitCodes.error };
}

function defect(error: unknown): Failure {
  const remedy =
    "this is a defect in helios-cli: please report it with the command you ran and the lines below";
  const message = error instanceof Error ? error.message : String(error);
  const frames =
    error instanceof Error ? error.stack?.split("\n").filter((line) => /^\s+at /.test(line)) : undefined;
  const stack = frames === undefined ? {} : { stack: frames.join("\n") };
  return { code: "INTERNAL", message, remedy, ...stack, exitCode: exitCodes.error };
}

function withoutHelpLine(message: string): string {
  return message.replace(/\nSee more help with --help$/, "").replaceAll("\n", "; ");
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** The candidate that `word` was probably meant to be: at most one edit in three letters away. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
