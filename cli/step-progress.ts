/** Progress of work in several steps: a line for each, one after the other. */
import type { Progress } from "./progress.ts";

export class StepProgress<Step extends string> {
  readonly #begin: (what: string) => Progress;
  readonly #names: Readonly<Record<Step, string>>;
  #step: Step | undefined;
  #progress: Progress | undefined;

  /** `begin` makes the line of a step from its name. */
  constructor(begin: (what: string) => Progress, names: Readonly<Record<Step, string>>) {
    this.#begin = begin;
    this.#names = names;
  }

  update(step: Step, done: number, total: number): void {
    if (step !== this.#step) {
      this.#progress?.done();
      this.#progress = this.#begin(this.#names[step]);
      this.#step = step;
    }
    this.#progress?.update(done, total);
  }

  done(): void {
    this.#progress?.done();
  }
}
