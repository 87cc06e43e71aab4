/**
 * `make fuzz`: 60 seconds with a seed of its own.
 *
 *     --seconds N     time; default 60, or none when iterations are given
 *     --iterations N  inputs over all targets; 10000000 is the long setting
 *     --seed N        repeats a run
 *     --target NAME   only this one; may be repeated
 *
 * The fuzzing thread is watched from the main one, since a hang cannot tell of itself. Exit status 1: something failed.
 */
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { corpusOf, failureOf, fuzz, keepInput } from "./run.fuzz.ts";
import { fuzzTargets } from "./targets.fuzz.ts";

interface Setting {
  readonly seed: number;
  readonly seconds: number | undefined;
  readonly iterations: number | undefined;
  readonly targets: readonly string[];
  /** [0]: inputs tried, [1]: bytes of the current one, [2]: its target; then the input itself. */
  readonly shared: SharedArrayBuffer;
}

interface Outcome {
  readonly iterations: readonly (readonly [string, number])[];
  readonly failures: readonly { target: string; iteration: number; input: Uint8Array; problem: string }[];
}

const HEADER_BYTES = 12;
const INPUT_MAX_BYTES = 64 * 1024;
/** No input takes this long: the thread hangs. */
const HANG_MS = 30_000;

if (isMainThread) await main();
else await work(workerData as Setting);

async function work(setting: Setting): Promise<void> {
  const numbers = new Int32Array(setting.shared, 0, 3);
  const current = new Uint8Array(setting.shared, HEADER_BYTES);
  const targets = fuzzTargets.filter(({ name }) => setting.targets.includes(name));
  const report = await fuzz({
    targets,
    seed: setting.seed,
    ...(setting.seconds === undefined ? {} : { seconds: setting.seconds }),
    ...(setting.iterations === undefined ? {} : { iterations: setting.iterations }),
    onInput: (target, _iteration, input) => {
      current.set(input.subarray(0, INPUT_MAX_BYTES));
      numbers[1] = Math.min(input.length, INPUT_MAX_BYTES);
      numbers[2] = targets.findIndex(({ name }) => name === target);
      Atomics.add(numbers, 0, 1);
    },
  });
  const failures = report.failures.map(({ target, iteration, input, error }) => {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { target, iteration, input, problem };
  });
  parentPort!.postMessage({ iterations: [...report.iterations], failures } satisfies Outcome);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string" },
      iterations: { type: "string" },
      seed: { type: "string" },
      target: { type: "string", multiple: true },
    },
  });
  const iterations = values.iterations === undefined ? undefined : Number(values.iterations);
  const setting: Setting = {
    seed: values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed),
    seconds:
      values.seconds === undefined ? (iterations === undefined ? 60 : undefined) : Number(values.seconds),
    iterations,
    targets: values.target ?? fuzzTargets.map(({ name }) => name),
    shared: new SharedArrayBuffer(HEADER_BYTES + INPUT_MAX_BYTES),
  };
  console.log(`fuzz: seed ${setting.seed}`);
  process.exitCode = replayCorpus(setting) ? 0 : 1;
  const outcome = await watched(setting);
  for (const [target, n] of outcome.iterations)
    console.log(`${target.padEnd(14)} ${n.toLocaleString("en").padStart(12)}`);
  const total = outcome.iterations.reduce((sum, [, n]) => sum + n, 0);
  console.log(
    `${"all".padEnd(14)} ${total.toLocaleString("en").padStart(12)} iterations, ${outcome.failures.length} failed`,
  );
  for (const { target, iteration, input, problem } of outcome.failures) {
    process.exitCode = 1;
    const file = keepInput(target, Buffer.from(input));
    console.log(`\n${target}, iteration ${iteration} of seed ${setting.seed}, kept as ${file}\n${problem}`);
  }
}

function replayCorpus(setting: Setting): boolean {
  let sound = true;
  let replayed = 0;
  for (const target of fuzzTargets.filter(({ name }) => setting.targets.includes(name)))
    for (const { name, input } of corpusOf(target)) {
      replayed++;
      const error = failureOf(target, input);
      if (error === undefined) continue;
      sound = false;
      console.log(`corpus/${target.name}/${name} fails again:`, error);
    }
  console.log(`${replayed} inputs of the corpus replayed`);
  return sound;
}

/** The worker's outcome; a hang is a failure of the input it hangs on. */
function watched(setting: Setting): Promise<Outcome> {
  const numbers = new Int32Array(setting.shared, 0, 3);
  const worker = new Worker(new URL(import.meta.url), { workerData: setting });
  return new Promise((resolve, reject) => {
    let seen = -1;
    const timer = setInterval(() => {
      const now = Atomics.load(numbers, 0);
      if (now !== seen) return void (seen = now);
      clearInterval(timer);
      void worker.terminate();
      const target = setting.targets[numbers[2]!]!;
      const input = new Uint8Array(setting.shared, HEADER_BYTES, numbers[1]).slice();
      const problem = `no answer after ${HANG_MS / 1000} s`;
      resolve({ iterations: [[target, now]], failures: [{ target, iteration: now, input, problem }] });
    }, HANG_MS);
    worker.once("message", (outcome: Outcome) => (clearInterval(timer), resolve(outcome)));
    worker.once("error", (error) => (clearInterval(timer), reject(error)));
  });
}
