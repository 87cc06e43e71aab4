/**
 * The fuzzer: takes the targets in turn, a slice of time each, until time or iterations are used up. Iteration i
 * of a target under a seed is always the same input, so seed, target and iteration repeat a failure; the input is kept
 * in the corpus besides, and every later run begins with the corpus.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { SeededRandom } from "../seeded-random.ts";
import { mutate } from "./mutate.fuzz.ts";
import type { FuzzTarget } from "./target.fuzz.ts";

export const CORPUS = join(import.meta.dirname, "corpus");

/** One input may take this long; anything slower counts as a hang. Generous: the machine may be busy. */
const ITERATION_MAX_MS = 5000;
/** And ask for so much memory in one piece. */
const ALLOCATION_MAX_BYTES = 64 * 1024 * 1024;
/** Time, not iterations: a target that answers in 10 us is tried more often than one that writes files. */
const SLICE_MS = 20;
/** Valid inputs kept for each target, to mutate and to splice. */
const POOL = 64;

export interface FuzzOptions {
  readonly targets: readonly FuzzTarget[];
  readonly seed: number;
  /** Whichever comes first ends the run. */
  readonly seconds?: number;
  /** Over all targets. */
  readonly iterations?: number;
  readonly iterationsEach?: number;
  /** Told what is about to be tried, so that a hang can be told from outside. */
  readonly onInput?: (target: string, iteration: number, input: Buffer) => void;
}

export interface FuzzFailure {
  readonly target: string;
  readonly iteration: number;
  readonly input: Buffer;
  readonly error: unknown;
}

export interface FuzzReport {
  readonly seed: number;
  readonly iterations: ReadonlyMap<string, number>;
  readonly failures: readonly FuzzFailure[];
}

/** Runs until the budget is used up; a target that has failed is not tried again. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const deadline = performance.now() + (options.seconds ?? Infinity) * 1000;
  const { iterations: most = Infinity, iterationsEach = Infinity } = options;
  let total = 0;
  const iterations = new Map(options.targets.map(({ name }) => [name, 0]));
  const failures: FuzzFailure[] = [];
  const restore = watchAllocations();
  try {
    const turns = new Set(options.targets.map((target) => new Turns(target, options)));
    while (turns.size > 0 && total < most && performance.now() < deadline) {
      for (const turn of turns) {
        const before = turn.done;
        const failure = turn.run(Math.min(most - total, iterationsEach - before), deadline);
        total += turn.done - before;
        iterations.set(turn.target.name, turn.done);
        if (failure !== undefined) failures.push(failure);
        if (failure !== undefined || turn.done >= iterationsEach) turns.delete(turn);
      }
      // Memory of native parts is given back by finalizers, which wait for the event loop.
      await nextTurn();
    }
  } finally {
    restore();
  }
  return { seed: options.seed, iterations, failures };
}

/** One target's part of a run. */
class Turns {
  readonly target: FuzzTarget;
  done = 0;
  readonly #options: FuzzOptions;
  readonly #pool: Buffer[];
  readonly #seed: number;

  constructor(target: FuzzTarget, options: FuzzOptions) {
    this.target = target;
    this.#options = options;
    const name = createHash("sha256").update(target.name).digest();
    this.#seed = (options.seed ^ name.readUInt32LE(0)) >>> 0;
    const random = new SeededRandom(this.#seed);
    this.#pool = Array.from({ length: POOL }, () => target.generate(random));
  }

  run(iterations: number, deadline: number): FuzzFailure | undefined {
    const end = Math.min(deadline, performance.now() + SLICE_MS);
    for (let i = 0; i < iterations; i++) {
      if (i % 16 === 0 && performance.now() >= end) return undefined;
      const iteration = this.done++;
      const input = this.#input(iteration);
      this.#options.onInput?.(this.target.name, iteration, input);
      const error = failureOf(this.target, input);
      if (error !== undefined)
        return { target: this.target.name, iteration, input: shrink(this.target, input), error };
    }
    return undefined;
  }

  #input(iteration: number): Buffer {
    const random = new SeededRandom(this.#seed + Math.imul(iteration + 1, 0x9e3779b1));
    if (random.chance(0.02)) return random.bytes(random.below(200));
    if (random.chance(0.05)) return this.target.generate(random);
    const input = mutate(random.pick(this.#pool), random, random.pick(this.#pool));
    return random.chance(0.5) && this.target.repair !== undefined ? this.target.repair(input) : input;
  }
}

/** Why this input fails, or undefined. */
export function failureOf(target: FuzzTarget, input: Buffer): unknown {
  const started = performance.now();
  largestAllocationBytes = 0;
  try {
    // A check may not rely on the input staying as it is, nor change it for the next one.
    target.check(Buffer.from(input));
  } catch (error) {
    return error;
  }
  const tookMs = performance.now() - started;
  if (tookMs > ITERATION_MAX_MS) return new Error(`took ${Math.round(tookMs)} ms`);
  if (largestAllocationBytes > ALLOCATION_MAX_BYTES)
    return new Error(`asked for ${largestAllocationBytes} bytes of memory in one piece`);
  return undefined;
}

/** A shorter input that fails too: parts are taken out while it does. */
function shrink(target: FuzzTarget, input: Buffer): Buffer {
  let current = input;
  for (
    let part = Math.ceil(input.length / 2), tries = 0;
    part >= 1 && tries < 500;
    part = Math.floor(part / 2)
  )
    for (let from = 0; from < current.length && tries < 500; tries++) {
      const shorter = Buffer.concat([current.subarray(0, from), current.subarray(from + part)]);
      if (failureOf(target, shorter) !== undefined) current = shorter;
      else from += part;
    }
  return current;
}

let largestAllocationBytes = 0;

/** Notes how large a piece of memory anybody asks for. */
function watchAllocations(): () => void {
  const { alloc, allocUnsafe, allocUnsafeSlow } = Buffer;
  const watched =
    <A extends unknown[]>(allocate: (sizeBytes: number, ...rest: A) => Buffer<ArrayBuffer>) =>
    (sizeBytes: number, ...rest: A): Buffer<ArrayBuffer> => {
      if (sizeBytes > largestAllocationBytes) largestAllocationBytes = sizeBytes;
      return allocate(sizeBytes, ...rest);
    };
  Object.assign(Buffer, {
    alloc: watched(alloc),
    allocUnsafe: watched(allocUnsafe),
    allocUnsafeSlow: watched(allocUnsafeSlow),
  });
  return () => void Object.assign(Buffer, { alloc, allocUnsafe, allocUnsafeSlow });
}

/** Inputs that failed once, or are worth keeping. */
export function corpusOf(
  target: FuzzTarget,
  corpus = CORPUS,
): { readonly name: string; readonly input: Buffer }[] {
  const directory = join(corpus, target.name);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .sort()
    .map((name) => ({ name, input: readFileSync(join(directory, name)) }));
}

/** Keeps an input; answers where. */
export function keepInput(target: string, input: Buffer, corpus = CORPUS): string {
  const directory = join(corpus, target);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${createHash("sha256").update(input).digest("hex").slice(0, 16)}.bin`);
  writeFileSync(file, input);
  return file;
}
