/**
 * What the exit status of every command means. Stable: scripts and workflows decide by it.
 */
export const exitCodes = {
  /** Done; for a command that judges: GO, or clean. */
  ok: 0,
  /** NO-GO, or findings. */
  noGo: 1,
  /** Wrong usage, or the tool could not do its work. The message says which and what to do next. */
  error: 2,
  /** HOLD, or not (fully) checked: the evidence does not decide. */
  hold: 3,
  /** Ended by Ctrl-C, as shells report it (128 + SIGINT). */
  interrupted: 130,
  /** Ended by SIGTERM (128 + SIGTERM), tidied up as after Ctrl-C. */
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
