/**
 * The dynamic proof: runs a command under strace and reports the forbidden system calls that really happened, in
 * the command and in everything it started. Reading source says what could happen; this says what did, in this run.
 *
 * strace follows children (`-f`) and stops them only for the calls that are asked about (`--seccomp-bpf`), so the
 * command runs nearly as fast as alone. Where strace or ptrace is missing, the answer is `not-checked` with the
 * reason, never a pass.
 */
import { spawn } from "node:child_process";
import { access, constants, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { callApplies, callNamed, ruleById, systemCallNames, type Rule } from "./rules.ts";
import { ruleOfMountType, ruleOfWrite } from "./rules/targets.ts";

export interface ForbiddenSystemCall {
  readonly ruleId: string;
  readonly rule: Rule;
  /** As strace writes it, with its result: `unshare(CLONE_NEWUSER) = 0`. */
  readonly call: string;
  readonly pid: number;
  /** Name of the process that called, where strace can tell it (5.11 and later). */
  readonly process: string | undefined;
  /** Whether the kernel did it; a refused attempt is a finding as well. */
  readonly succeeded: boolean;
}

export type TraceResult =
  | {
      readonly kind: "traced";
      readonly exitCode: number | undefined;
      readonly signal: string | undefined;
      readonly forbidden: readonly ForbiddenSystemCall[];
    }
  | { readonly kind: "not-checked"; readonly reason: string; readonly remedy: string };

export interface TraceOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Where the command's own output goes: to ours (the default), or nowhere. */
  readonly output?: "inherit" | "ignore";
  /** The tracer; looked up in PATH. */
  readonly strace?: string;
  readonly signal?: AbortSignal;
}

/**
 * Runs `command` with `args` under strace. Cost: a few milliseconds to start, then a stop per matching call only.
 * @returns what happened; never throws because of the command.
 */
export async function traceCommand(
  command: string,
  args: readonly string[],
  options: TraceOptions = {},
): Promise<TraceResult> {
  if (process.platform !== "linux") {
    return notChecked(
      `strace needs Linux, this is ${process.platform}`,
      "run it on Linux, for instance in CI",
    );
  }
  const strace = options.strace ?? "strace";
  if (!(await isInPath(strace))) {
    return notChecked(`${strace} is not installed`, "install the package strace and run it again");
  }
  const directory = await mkdtemp(path.join(tmpdir(), "helios-trace-"));
  try {
    const log = path.join(directory, "calls");
    const filtered = `|grep -aE ${quoted(worthKeeping)} > ${quoted(log)}`;
    const tracing = [...(await supported(strace)), ...tracerOptions, "-o", filtered];
    const ended = await run(strace, [...tracing, "--", command, ...args], options);
    if (ended.kind === "not-checked") return ended;
    return await read(log, ended);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface Ended {
  readonly kind: "ended";
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly complaints: string;
}

/** What strace says where it may not trace. */
const attachedToNothing = /ptrace|PTRACE|Operation not permitted|Function not implemented/;

/** Calls that change a file or directory by its name: control groups and other parts of the kernel are such files. */
const fileCalls = ["open", "openat", "openat2", "creat", "mkdir", "mkdirat", "rmdir"];

// `?` lets strace accept names that this architecture does not have. The first execve is asked for to know that
// anything was traced at all: it stands in every log of a command that started. `-y` shows where a relative name is.
const tracerOptions = [
  "-f",
  "-qq",
  "-y",
  "-s",
  "256",
  "-e",
  `trace=${[...systemCallNames, ...fileCalls].map((name) => `?${name}`).join(",")},execve`,
];

/** A busy command opens millions of files; only lines about files of the kernel are kept, and all other calls. */
const worthKeeping = `^[0-9]+[^(]* (${[...systemCallNames, "execve"].join("|")})\\(|/(sys|proc|dev|etc)/|cgroup|memory\\.|cpu(set)?\\.|pids\\.max|resumed>`;

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Options of newer versions, as far as this one has them: stops only where asked (5.3), names of processes (5.11). */
async function supported(strace: string): Promise<readonly string[]> {
  for (const options of [["--seccomp-bpf", "-Y"], ["--seccomp-bpf"]]) {
    if (await accepts(strace, ["-f", ...options])) return options;
  }
  return [];
}

/** `-V` after them ends strace at once, unless it stumbled before. */
async function accepts(strace: string, options: readonly string[]): Promise<boolean> {
  return await new Promise((resolve) => {
    const child = spawn(strace, [...options, "-V"], { stdio: "ignore" });
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
}

async function run(
  strace: string,
  args: readonly string[],
  options: TraceOptions,
): Promise<Ended | ReturnType<typeof notChecked>> {
  return await new Promise((resolve) => {
    const stdio = options.output === "ignore" ? "ignore" : "inherit";
    const child = spawn(strace, args, {
      cwd: options.cwd,
      env: options.environment === undefined ? process.env : { ...options.environment },
      stdio: ["inherit", stdio, "pipe"],
      ...(options.signal !== undefined && { signal: options.signal }),
    });
    let complaints = "";
    child.stderr?.setEncoding("utf8");
    child.stderr?.on("data", (chunk: string) => {
      // strace and the command share this channel; the command's words are passed on.
      if (complaints.length < 8192) complaints += chunk;
      if (options.output !== "ignore") process.stderr.write(chunk);
    });
    child.on("error", (error) =>
      resolve(
        notChecked(`strace could not be started: ${error.message}`, "check that strace can be executed"),
      ),
    );
    child.on("close", (code, signal) =>
      resolve({ kind: "ended", exitCode: code ?? undefined, signal: signal ?? undefined, complaints }),
    );
  });
}

async function read(log: string, ended: Ended): Promise<TraceResult> {
  const forbidden: ForbiddenSystemCall[] = [];
  let started = false;
  let file;
  try {
    file = await open(log);
  } catch {
    return notChecked(
      `strace wrote no log: ${firstLine(ended.complaints)}`,
      "check that strace works here: strace true",
    );
  }
  for await (const call of completed(file.readLines())) {
    if (call.name === "execve" && call.succeeded) started = true;
    const found = judge(call);
    if (found !== undefined) forbidden.push(found);
  }
  if (!started) {
    const reason = attachedToNothing.test(ended.complaints)
      ? "ptrace is not permitted here"
      : "the command did not start";
    return notChecked(
      `${reason}: ${firstLine(ended.complaints)}`,
      "allow ptrace (in a container: --cap-add=SYS_PTRACE), or correct the command",
    );
  }
  return { kind: "traced", exitCode: ended.exitCode, signal: ended.signal, forbidden };
}

interface TracedCall {
  readonly pid: number;
  readonly process: string | undefined;
  readonly name: string;
  readonly text: string;
  readonly succeeded: boolean;
}

/** Calls in the order in which they ended. One that did not end before the log did is told without a result. */
export async function* completed(
  lines: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<TracedCall, void, undefined> {
  const unfinished = new Map<string, string>();
  for await (const line of lines) {
    const begun = /^(\d+)\S*\s.*?(?= <unfinished \.\.\.>$)/.exec(line);
    if (begun !== null) {
      unfinished.set(begun[1] ?? "", begun[0]);
      continue;
    }
    const resumed = /^(\d+).*?<\.\.\. \w+ resumed>(.*)$/.exec(line);
    const whole = resumed === null ? line : `${unfinished.get(resumed[1] ?? "") ?? ""}${resumed[2]}`;
    if (resumed !== null) unfinished.delete(resumed[1] ?? "");
    const call = parseLine(whole);
    if (call !== undefined) yield call;
  }
  for (const text of unfinished.values()) {
    const call = parseLine(`${text} <unfinished ...>`);
    if (call !== undefined) yield call;
  }
}

/** `1234<unshare> unshare(CLONE_NEWUSER) = 0`. */
export function parseLine(line: string): TracedCall | undefined {
  const match = /^(\d+)(?:<(.*?)>)?\s+(\w+)\((.*)$/.exec(line);
  if (match?.[1] === undefined || match[3] === undefined) return undefined;
  const rest = match[4] ?? "";
  const result = /=\s*(-?\d+|\?)[^=]*$/.exec(rest)?.[1];
  return {
    pid: Number(match[1]),
    process: match[2],
    name: match[3],
    text: `${match[3]}(${rest.replace(/\s+/g, " ")}`,
    succeeded: result !== undefined && !result.startsWith("-"),
  };
}

function judge(call: TracedCall): ForbiddenSystemCall | undefined {
  const rule = fileCalls.includes(call.name) ? ruleOfFileCall(call) : ruleOfCall(call);
  if (rule === undefined) return undefined;
  return {
    ruleId: `user-space-only/${rule.id}`,
    rule,
    call: call.text,
    pid: call.pid,
    process: call.process,
    succeeded: call.succeeded,
  };
}

function ruleOfCall({ name, text }: TracedCall): Rule | undefined {
  const row = callNamed(name);
  if (row === undefined || !callApplies(row, text)) return undefined;
  if (name !== "mount") return row.rule;
  return ruleById(ruleOfMountType(/^mount\([^,]*, [^,]*, "([^"]*)"/.exec(text)?.[1] ?? ""));
}

/** `openat(AT_FDCWD</work>, "/sys/fs/cgroup/x/cgroup.procs", O_WRONLY)`: reading is nobody's business here. */
function ruleOfFileCall({ name, text }: TracedCall): Rule | undefined {
  if (name.startsWith("open") && !/\bO_(?:WRONLY|RDWR|CREAT)\b/.test(text)) return undefined;
  const match = /^\w+\((?:[^"<]*<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/.exec(text);
  if (match?.[2] === undefined) return undefined;
  const rule = ruleOfWrite(path.resolve(match[1] ?? "/", match[2]));
  return rule === undefined ? undefined : ruleById(rule);
}

function notChecked(reason: string, remedy: string): Extract<TraceResult, { kind: "not-checked" }> {
  return { kind: "not-checked", reason, remedy };
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}

async function isInPath(program: string): Promise<boolean> {
  const candidates = program.includes("/")
    ? [program]
    : (process.env["PATH"] ?? "").split(path.delimiter).map((directory) => path.join(directory, program));
  for (const candidate of candidates) {
    const found = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
