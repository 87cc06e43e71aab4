/** What a development task is. `task.schema.json` says the same for files. */

export type TaskSize = "one-line" | "two-line" | "three-line";

/** The suites a task has: `visible` may be run by whoever solves it, `hidden` decides. */
export type SuiteName = "visible" | "hidden";

export interface Suite {
  readonly directory: string;
  readonly command: readonly string[];
  readonly evidence: {
    readonly from: "node-test" | "unittest" | "pattern";
    readonly pattern?: string;
  };
}

/** A task file's value, after the schema found nothing. */
export interface TaskFile {
  readonly format: "helios-task/1";
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly instruction: string;
  readonly language: string;
  readonly files?: string;
  readonly setup?: { readonly command: readonly string[] };
  readonly visible: Suite;
  readonly hidden: Suite;
  readonly oracle: { readonly directory?: string; readonly diff?: string };
  readonly noOp: { readonly visible: "red" | "green"; readonly hidden: "red" };
  readonly allowedPaths: readonly string[];
  readonly timeouts: {
    readonly setupSeconds: number;
    readonly searchSeconds: number;
    readonly verificationSeconds: number;
  };
  readonly seed: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>> & {
    readonly size: TaskSize;
    readonly kind: "defect" | "feature";
  };
  readonly deprecated?: { readonly version: number; readonly reason: string };
}

/** A task with the directory it was loaded from. */
export interface Task extends TaskFile {
  /** Absolute. */
  readonly directory: string;
}

/** What is done to a program: contents by path, `null` where a file goes away. */
export type Change = ReadonlyMap<string, Uint8Array | null>;

/** Whether a task's results may be counted at all, its validation apart. */
export function isDeprecated({ deprecated, version }: TaskFile): boolean {
  return deprecated !== undefined && version >= deprecated.version;
}

/** Whether a change may touch `path`. */
export function isAllowed(task: TaskFile, path: string): boolean {
  return task.allowedPaths.some((allowed) =>
    allowed.endsWith("/") ? path.startsWith(allowed) : path === allowed,
  );
}
