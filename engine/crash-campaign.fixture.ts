/**
 * The judge of the crash suite: starts the writer, kills it, opens what is left and compares it with what the writer
 * had said. One campaign is several kills in a row on one store, with the checks after some of them only, so that a
 * store also survives being killed while it recovers from a kill.
 */
import { spawn } from "node:child_process";
import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type CrashWriterOptions, digestOf, sha256 } from "./crash-writer.fixture.ts";
import { type Durability, Helios, parseSnapshotId, type SnapshotId } from "./index.ts";
import { SeededRandom } from "./seeded-random.ts";

const WRITER = join(import.meta.dirname, "crash-writer.fixture.ts");
/** Of commits acknowledged before the last check, one in so many is looked at again. */
const SAMPLE = 50;
/** A writer that has not said anything after this long is broken, not slow. */
const SILENCE_MAX_MS = 60_000;

export interface CampaignOptions {
  /** An empty directory for store and reports. */
  readonly home: string;
  readonly seed: number;
  readonly kills: number;
  readonly durabilities: readonly Durability[];
  /** With a bound, commits within it may be gone; they are counted apart. Default strong. */
  readonly bound?: { readonly maxCommits: number; readonly maxStaleMs: number };
  readonly l2: CrashWriterOptions["l2"];
  /** Longest time a writer lives after it first acknowledged something. */
  readonly liveMaxMs: number;
  /** Called between a kill and its check. */
  readonly afterKill?: () => void;
  /** Called on the closed store after the last check. */
  readonly inspect?: (root: string) => Promise<void>;
}

export interface CampaignResult {
  kills: number;
  torn: number;
  checks: number;
  acknowledged: number;
  /** Acknowledged commits that were not there, or not with their content, though they had to be. */
  lost: number;
  /** Acknowledged commits that were gone within the bound. */
  withinBound: number;
}

interface Acknowledged {
  readonly commit: string;
  readonly sequence: number;
  readonly snapshot: SnapshotId;
  readonly digest: string;
  readonly ref: string | undefined;
  readonly parent: string | undefined;
  readonly timeMs: number;
}

/** What the writers have said so far. */
class Reports {
  readonly commits: Acknowledged[] = [];
  /** What each ref was last said to name ("": nothing), and what it may name because setting it was begun. */
  readonly refs = new Map<string, Set<string>>();
  readonly #file: string;
  #readBytes = 0;

  constructor(file: string) {
    this.#file = file;
  }

  get size(): number {
    return existsSync(this.#file) ? readFileSync(this.#file).length : 0;
  }

  /** Takes in what was said since the last time. */
  read(): void {
    const bytes = existsSync(this.#file) ? readFileSync(this.#file) : Buffer.alloc(0);
    const end = bytes.lastIndexOf("\n") + 1;
    for (const line of bytes.toString("utf8", this.#readBytes, end).split("\n"))
      if (line !== "") this.#take(line.split(" "));
    this.#readBytes = end;
  }

  /** Forgets the last commits that are not there and did not have to be. Answers how many. */
  forgetFrom(sequence: number, bound: CampaignOptions["bound"]): number {
    let forgotten = 0;
    const latestMs = this.commits.at(-1)?.timeMs ?? 0;
    for (
      let last = this.commits.at(-1);
      last !== undefined && last.sequence >= sequence;
      last = this.commits.at(-1)
    ) {
      if (bound === undefined || forgotten >= bound.maxCommits || latestMs - last.timeMs > bound.maxStaleMs)
        break;
      this.commits.pop();
      forgotten++;
    }
    return forgotten;
  }

  #take([kind, first, second, digest, ref, parent, timeMs]: string[]): void {
    if (kind === "commit") {
      const commit = first!;
      const named = ref === "-" ? undefined : ref!;
      if (named !== undefined) this.refs.set(named, new Set([commit]));
      this.commits.push({
        commit,
        sequence: Number(commit.slice(1)),
        snapshot: parseSnapshotId(second!),
        digest: digest!,
        ref: named,
        parent: parent === "-" ? undefined : parent!,
        timeMs: Number(timeMs),
      });
    } else if (kind === "intent") {
      const values = this.refs.get(first!) ?? new Set([""]);
      this.refs.set(first!, values.add(second === "-" ? "" : second!));
    } else {
      assert.equal(kind, "ref");
      this.refs.set(first!, new Set([second === "-" ? "" : second!]));
    }
  }
}

/**
 * Lost commits are counted, and the campaign ends at the first check that finds one; `report` is told what was wrong.
 * Anything else that is wrong (a store that does not open, a ref astray) throws with the seed in its message.
 */
export async function runCampaign(
  options: CampaignOptions,
  report: (problem: string) => void,
): Promise<CampaignResult> {
  const random = new SeededRandom(options.seed);
  const root = join(options.home, "store");
  const acknowledged = join(options.home, "acknowledged");
  const reports = new Reports(acknowledged);
  const result: CampaignResult = { kills: 0, torn: 0, checks: 0, acknowledged: 0, lost: 0, withinBound: 0 };
  let checked = 0;
  while (result.kills < options.kills && result.lost === 0) {
    // One write holds several commits where they may be held back.
    const mostWrites = options.bound === undefined ? 400 : 30;
    const tear = random.chance(0.4) ? 1 + random.below(random.chance(0.3) ? 6 : mostWrites) : undefined;
    const writer: CrashWriterOptions = {
      root,
      acknowledged,
      seed: random.u32(),
      durability: random.pick(options.durabilities),
      consistency: options.bound === undefined ? "strong" : { bounded: options.bound },
      l2: options.l2,
      tearAtWrite: tear,
    };
    try {
      await killOne(writer, reports, random.below(options.liveMaxMs));
      result.kills++;
      if (tear !== undefined) result.torn++;
      options.afterKill?.();
      reports.read();
      const last = result.kills === options.kills;
      // With a bound the next writer would give the numbers of what is gone to commits of its own.
      if (!last && options.bound === undefined && random.chance(0.3)) continue;
      const lost = await check(root, reports, {
        from: last ? 0 : checked,
        acknowledged,
        seed: random.u32(),
        bound: options.bound,
        onWithinBound: (commits) => (result.withinBound += commits),
      });
      result.lost += lost.length;
      for (const problem of lost) report(`campaign seed ${options.seed}, kill ${result.kills}: ${problem}`);
      reports.read();
      if (last) await options.inspect?.(root);
    } catch (error) {
      throw new Error(
        `campaign seed ${options.seed}, kill ${result.kills + 1}, writer ${JSON.stringify(writer)}: ${String(error)}`,
        { cause: error },
      );
    }
    result.checks++;
    checked = reports.commits.length;
  }
  result.acknowledged = reports.commits.length;
  return result;
}

async function killOne(writer: CrashWriterOptions, reports: Reports, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [WRITER, JSON.stringify(writer)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const errors: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  const exited = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once("exit", (_code, signal) => resolve(signal)),
  );
  let gone = false;
  void exited.then(() => (gone = true));
  if (writer.tearAtWrite === undefined) {
    const before = reports.size;
    const patience = Date.now() + SILENCE_MAX_MS;
    while (!gone && reports.size === before && Date.now() < patience) await delay(2);
    await delay(afterMs);
    if (!gone) child.kill("SIGKILL");
  } else {
    // It ends itself; a seed that leads to fewer writes than that must not hang the suite.
    const timeout = setTimeout(() => child.kill("SIGKILL"), SILENCE_MAX_MS);
    await exited;
    clearTimeout(timeout);
  }
  assert.equal(await exited, "SIGKILL", `the writer ended by itself: ${Buffer.concat(errors).toString()}`);
}

interface CheckOptions {
  /** Commits acknowledged before this one are sampled. */
  readonly from: number;
  readonly acknowledged: string;
  readonly seed: number;
  readonly bound: CampaignOptions["bound"];
  readonly onWithinBound: (commits: number) => void;
}

/** Opens the store, compares, and commits once more. Answers what is wrong with acknowledged commits. */
async function check(root: string, reports: Reports, options: CheckOptions): Promise<string[]> {
  const { from, acknowledged, seed, bound } = options;
  const lost: string[] = [];
  const helios = await Helios.open({ root, create: reports.commits.length === 0 });
  try {
    options.onWithinBound(reports.forgetFrom(helios.stats().commits + 1, bound));
    const hashes = new Map<string, string>();
    const contents = (hash: string): string => {
      const known = hashes.get(hash);
      if (known !== undefined) return known;
      const made = sha256(helios.readObject(hash));
      hashes.set(hash, made);
      return made;
    };
    for (const [i, commit] of reports.commits.entries()) {
      if (i < from && i % SAMPLE !== seed % SAMPLE) continue;
      const problem = problemOf(helios, commit, contents);
      if (problem !== undefined) lost.push(problem);
    }
    if (lost.length > 0) return lost;
    checkLog(helios, reports);
    // What a ref named that is gone within the bound, nobody has written down.
    if (bound === undefined) checkRefs(helios, reports);
    const vst = helios.checkout("main");
    const model = new Map(vst.list().map(({ path, hash }) => [path, contents(hash)]));
    vst.write("checked", `${seed}`);
    model.set("checked", sha256(`${seed}`));
    const parent = helios.refs().find(({ name }) => name === "main")?.commit ?? "-";
    const { commit, id } = vst.commit("after the crash");
    appendFileSync(acknowledged, `commit ${commit} ${id} ${digestOf(model)} main ${parent} ${Date.now()}\n`);
    return [];
  } finally {
    await helios.close();
  }
}

function problemOf(
  helios: Helios,
  { commit, snapshot, digest }: Acknowledged,
  contents: (hash: string) => string,
): string | undefined {
  try {
    if (helios.resolve(commit) !== snapshot) return `${commit} is another state than acknowledged`;
    const model = new Map(helios.list(snapshot).map(({ path, hash }) => [path, contents(hash)]));
    return digestOf(model) === digest ? undefined : `${commit} has other content than acknowledged`;
  } catch (error) {
    return `${commit} cannot be read: ${String(error)}`;
  }
}

/** The log of main names the acknowledged commits of main, each behind its parent. */
function checkLog(helios: Helios, reports: Reports): void {
  const log = helios.log("main", 100);
  const known = new Map(reports.commits.map((each) => [each.commit, each]));
  for (const record of log) {
    const expected = known.get(record.commit);
    if (expected === undefined) continue;
    assert.equal(record.snapshot, expected.snapshot);
    assert.deepEqual(record.parents, expected.parent === undefined ? [] : [expected.parent]);
  }
}

/** A ref names what was last said, or what was about to be when the writer died. */
function checkRefs(helios: Helios, reports: Reports): void {
  const lastAcknowledged = reports.commits.at(-1)?.sequence ?? 0;
  const refs = new Map(helios.refs().map(({ name, commit }) => [name, commit]));
  for (const [name, allowed] of reports.refs) {
    const found = refs.get(name);
    const unacknowledged = found !== undefined && Number(found.slice(1)) > lastAcknowledged;
    assert.ok(
      allowed.has(found ?? "") || unacknowledged,
      `${name} names ${found ?? "nothing"} and should name ${[...allowed].join(" or ")}`,
    );
  }
}
