/**
 * What is fuzzed: something that takes bytes from outside (a name, a pattern, a file, a record) and must answer with a
 * value or a HeliosError, never with another exception, a hang or an allocation out of proportion.
 *
 * An input is bytes, so that one that fails can be kept in `corpus/` and tried again by every later run.
 */
import { HeliosError } from "../errors.ts";
import type { SeededRandom } from "../seeded-random.ts";

export interface FuzzTarget {
  readonly name: string;
  /** A valid input: mutations of it reach further than noise does. */
  generate(random: SeededRandom): Buffer;
  /**
   * Makes checksums right again after a mutation, so that what lies behind them is reached too. Called for about half
   * of the mutated inputs.
   */
  repair?(input: Buffer): Buffer;
  /** Throws when the code under test breaks its promise on this input. */
  check(input: Buffer): void;
}

/** Runs what may refuse its input: answers undefined when it did so properly. Other exceptions pass through. */
export function unlessRefused<T>(run: () => T, codes?: readonly string[]): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof HeliosError)) throw error;
    if (codes !== undefined && !codes.includes(error.code))
      throw new Error(`refused with ${error.code}, not with ${codes.join(" or ")}`, { cause: error });
    if (error.remedy === "" || error.message === "")
      throw new Error("refused without a word", { cause: error });
    return undefined;
  }
}
