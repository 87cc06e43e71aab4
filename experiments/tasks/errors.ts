/** Errors of development tasks. The code is stable; `remedy` says what to do next. */
export type TaskErrorCode =
  | "TASK_INVALID" // the task file or what it names is wrong
  | "TASK_UNKNOWN" // no such task in the pack
  | "TASK_PACK" // the directory holds no tasks
  | "TASK_CHANGE"; // a change that may not be, or cannot be, applied

export class TaskError extends Error {
  override readonly name = "TaskError";
  readonly code: TaskErrorCode;
  readonly remedy: string;
  constructor(code: TaskErrorCode, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}
