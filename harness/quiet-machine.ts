/**
 * Waits for the machine to fall silent before a latency run, for a bounded time in all: a validation that never
 * begins is worth less than one that says it was disturbed.
 *
 * Silent is: over 0.2 s, other programs took at most 10 % of the processors and the host kept back at most 2 %. The
 * load average is noted but does not decide, because it still counts for minutes what this validation itself did.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type MachineTimes, describeFrequency, readMachineTimes, sharesBetween } from "./machine.ts";
import type { MachineShares, RunEvent } from "./results.ts";

export const MOST_OTHERS_SHARE = 0.1;
export const MOST_STEAL_SHARE = 0.02;
const LOOK_MS = 200;
const LOOK_AGAIN_MS = 1000;

export interface QuietMachineOptions {
  /** For all runs together. */
  readonly budgetSeconds: number;
  readonly onEvent?: (event: RunEvent) => void;
  readonly read?: () => MachineTimes | undefined;
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly now?: () => Date;
}

export class QuietMachine {
  readonly #options: QuietMachineOptions;
  readonly #read: () => MachineTimes | undefined;
  readonly #sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  #secondsLeft: number;
  #saidUnknown = false;

  constructor(options: QuietMachineOptions) {
    this.#options = options;
    this.#read = options.read ?? readMachineTimes;
    this.#sleep = options.sleep ?? ((ms, signal) => delay(ms, undefined, signal ? { signal } : {}));
    this.#secondsLeft = options.budgetSeconds;
  }

  /** Returns when the machine is silent or the time to wait is used up; an event says which, unless it was silent at once. */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    let waitedSeconds = 0;
    for (;;) {
      const shares = await this.#look(signal);
      if (shares === undefined) return this.#unknown();
      const isQuiet = shares.othersShare <= MOST_OTHERS_SHARE && shares.stealShare <= MOST_STEAL_SHARE;
      if (isQuiet && waitedSeconds === 0) return;
      if (isQuiet || this.#secondsLeft <= 0) {
        return this.#say({ kind: "waited", waitedSeconds, isQuiet, ...shares, ...frequency() });
      }
      await this.#sleep(LOOK_AGAIN_MS, signal);
      const seconds = (LOOK_MS + LOOK_AGAIN_MS) / 1000;
      waitedSeconds += seconds;
      this.#secondsLeft -= seconds;
    }
  }

  async #look(signal: AbortSignal | undefined): Promise<MachineShares | undefined> {
    const from = this.#read();
    await this.#sleep(LOOK_MS, signal);
    return sharesBetween(from, this.#read());
  }

  #unknown(): void {
    if (this.#saidUnknown) return;
    this.#saidUnknown = true;
    this.#say({ kind: "quiet-unknown", reason: "this system has no /proc/stat" });
  }

  #say(event: WithoutTime<RunEvent>): void {
    const at = (this.#options.now?.() ?? new Date()).toISOString();
    this.#options.onEvent?.({ at, ...event });
  }
}

/** Of each member of the union by itself. */
type WithoutTime<T> = T extends unknown ? Omit<T, "at"> : never;

function frequency(): { frequency?: string } {
  const frequency = describeFrequency();
  return frequency === undefined ? {} : { frequency };
}
