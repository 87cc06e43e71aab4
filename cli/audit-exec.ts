/**
 * `audit syscalls --exec`: what a command really did, told in the words of a guard, so that it is shown, counted and
 * exported like everything else an audit finds.
 */
import { traceCommand, type Finding, type ForbiddenSystemCall, type GuardResult } from "@helios/policy";

const guardId = "user-space-only-exec";

export interface ExecAudit {
  /** Given to `sh -c`. */
  readonly command: string;
  /** Whether the command's own output is shown. */
  readonly output: "inherit" | "ignore";
  readonly signal: AbortSignal;
}

/** How the command itself ended; null is what it did not have. */
export interface ExecResult extends GuardResult {
  readonly command?: {
    readonly text: string;
    readonly exitCode: number | null;
    readonly signal: string | null;
  };
}

/** Runs the command under strace. Its own exit status is reported, and decides nothing: calls do. */
export async function auditExec({ command, output, signal }: ExecAudit): Promise<ExecResult> {
  const trace = await traceCommand("sh", ["-c", command], { output, signal });
  if (trace.kind === "not-checked") return notChecked(command, `${trace.reason}; ${trace.remedy}`);
  // What the shell could not start did nothing, and nothing is no proof.
  if (trace.exitCode === 126 || trace.exitCode === 127) {
    return notChecked(
      command,
      `the shell could not start it (exit status ${trace.exitCode}); correct the command`,
    );
  }
  const findings = trace.forbidden.map((call) => findingOf(call, command));
  const ended = trace.signal === undefined ? `exit status ${trace.exitCode}` : `signal ${trace.signal}`;
  const errors = findings.filter(({ level }) => level === "error").length;
  return {
    guard: guardId,
    verdict: errors > 0 ? "fail" : "pass",
    reason: `${errors === 0 ? "No" : errors} forbidden system ${errors === 1 ? "call" : "calls"} in the command and all it started (it ended with ${ended}).`,
    scanned: 1,
    scannedUnit: "commands",
    findings,
    notScanned: [],
    suppressed: [],
    command: { text: command, exitCode: trace.exitCode ?? null, signal: trace.signal ?? null },
  };
}

function notChecked(command: string, reason: string): GuardResult {
  return {
    guard: guardId,
    verdict: "not-checked",
    reason: `The command was not traced: ${reason}.`,
    scanned: 0,
    scannedUnit: "commands",
    findings: [],
    notScanned: [{ path: command, code: "not-traced", reason }],
    suppressed: [],
  };
}

/** A call that really happened has no line; the command stands in the place of a file. */
function findingOf(
  { ruleId, rule, call, pid, process, succeeded }: ForbiddenSystemCall,
  command: string,
): Finding {
  const who = process === undefined ? `process ${pid}` : `${process} (process ${pid})`;
  return {
    ruleId,
    level: rule.level,
    category: rule.category,
    message: `${who} ${succeeded ? "called" : "tried to call"} ${call}`,
    file: command,
    line: 1,
    column: 1,
  };
}
