/**
 * What a rule is: a forbidden mechanism as data, with what it is called in every world in which it can be reached, and
 * with an example of what is flagged and what is not. The examples are documentation that runs: `rules.test.ts` scans
 * each of them.
 */
import type { FindingLevel } from "../../guard.ts";

export type Category =
  | "overlayfs"
  | "mount"
  | "cgroups"
  | "namespaces"
  | "capabilities"
  | "privileged-operations"
  | "raw-system-calls"
  | "suppressions"
  | "coverage";

/** A function of the C library or a system call; other languages are mapped onto these names. */
export interface ForbiddenCall {
  readonly name: string;
  /** Number of arguments of the C function; a call with another number is somebody else's function. */
  readonly arity: number;
  /** x86-64 number, for `syscall(272, ...)`; from 424 on it is the same on every architecture. Others: `numbers.ts`. */
  readonly number?: number;
  /** Only if an argument mentions one of these: `clone` is a thread without CLONE_NEW*, `mknod` a FIFO without S_IFBLK. */
  readonly onlyWith?: RegExp;
  /** Not if an argument mentions one of these: PTRACE_TRACEME asks to be traced by one's own parent. */
  readonly notWith?: RegExp;
  /** System header that declares it, where including that header says that the C library's function is meant. */
  readonly header?: string;
}

/** A program; every condition given must hold. */
export interface ForbiddenCommand {
  readonly names: readonly string[];
  /** At least one operand or option: `mount` alone lists, it does not mount. */
  readonly needsArguments?: true;
  /** No arguments at all. */
  readonly withoutArguments?: true;
  /** Tested on the arguments joined by one blank. */
  readonly onlyWith?: RegExp;
  readonly notWith?: RegExp;
}

/** One text and the file name that picks its front end. */
export interface Example {
  readonly path: string;
  readonly code: string;
}

export interface Rule {
  /** Stable; SARIF and suppressions name it as `user-space-only/<id>`. */
  readonly id: string;
  readonly category: Category;
  readonly level: FindingLevel;
  /** What is wrong with it here, in one clause after the name of what was found. */
  readonly reason: string;
  /** What to do instead, in one clause. */
  readonly fix: string;
  /** CVSS-like 0.0 to 10.0, as GitHub reads `security-severity`. */
  readonly securitySeverity: string;
  /** Each gives a finding of this rule. */
  readonly flagged: readonly Example[];
  /** Same words, none of this rule. */
  readonly clean: readonly Example[];
  readonly calls?: readonly ForbiddenCall[];
  readonly commands?: readonly ForbiddenCommand[];
}

/** Asking a program what it is does nothing. */
export const asksForHelp = /(?:^| )(?:--help|--version|-V|-h)(?: |$)/;

export function shell(code: string): Example {
  return { path: "a.sh", code };
}

export function c(code: string): Example {
  return { path: "a.c", code };
}

export function javascript(code: string): Example {
  return { path: "a.js", code };
}

export function python(code: string): Example {
  return { path: "a.py", code };
}

export function compose(code: string): Example {
  return { path: "compose.yaml", code };
}

export function systemd(code: string): Example {
  return { path: "a.service", code };
}
