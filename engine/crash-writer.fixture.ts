/**
 * The victim of the crash suite: does everything a writer does, in an order that its seed decides, and after each
 * acknowledgement says so in a file with one write call before it goes on. What it says is computed from what it
 * wrote, by another hash than the engine's, so that the engine cannot vouch for itself.
 *
 *     commit <commit> <snapshot id> <digest of the state> <ref or -> <parent or -> <ms since 1970>
 *     intent <ref> <commit>        a ref is about to be set
 *     ref <ref> <commit>           it is set
 *
 * It dies of a SIGKILL from outside, or of its own in the middle of a write: `tearAtWrite` counts write calls of the
 * engine, and the one it names is made in part and is the last.
 */
import { createHash } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { type Consistency, type Durability, Helios, type Vst } from "./index.ts";
import { interceptWrites } from "./safety/failing-fs.fixture.ts";
import { SeededRandom } from "./seeded-random.ts";

export interface CrashWriterOptions {
  readonly root: string;
  readonly acknowledged: string;
  readonly seed: number;
  readonly durability: Durability;
  readonly consistency: Consistency;
  readonly l2: "rocksdb" | "lmdb";
  /** Die in the middle of this write call; undefined: wait for the kill. */
  readonly tearAtWrite: number | undefined;
}

/** Path -> SHA-256 of the content. */
type Model = Map<string, string>;

interface Line {
  vst: Vst;
  model: Model;
  parent: string | undefined;
}

/** Above what goes into the journal, and above what makes a commit a bulk one. */
const LARGE_BYTES = 256 * 1024 + 1;
const BULK_PATHS = 4100;
const LINES_MAX = 4;

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Names a state by all its paths and contents. */
export function digestOf(model: ReadonlyMap<string, string>): string {
  const hash = createHash("sha256");
  for (const path of [...model.keys()].sort()) hash.update(`${path}\0${model.get(path)}\n`);
  return hash.digest("hex");
}

class Writer {
  readonly #options: CrashWriterOptions;
  readonly #random: SeededRandom;
  readonly #fd: number;
  #helios!: Helios;
  #lines: Line[] = [];
  readonly #commits: string[] = [];
  #steps = 0;

  constructor(options: CrashWriterOptions, fd: number) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#fd = fd;
  }

  async run(): Promise<never> {
    await this.#open();
    for (;;) {
      await this.#step();
      // Lets timers and messages in.
      if (++this.#steps % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #open(): Promise<void> {
    const { root, durability, consistency, l2 } = this.#options;
    // Often enough that kills fall into checkpoints of the background, too.
    this.#helios = await Helios.open({ root, durability, consistency, l2, checkpointCommits: 64 });
    const vst = this.#helios.checkout("main");
    const model: Model = new Map();
    for (const { path } of vst.list()) model.set(path, sha256(vst.read(path)!));
    const parent = this.#helios.refs().find(({ name }) => name === "main")?.commit;
    this.#lines = [{ vst, model, parent }];
  }

  async #step(): Promise<void> {
    const dice = this.#random.below(1000);
    if (dice < 780) this.#small(this.#random.pick(this.#lines));
    else if (dice < 830) this.#fork();
    else if (dice < 860) this.#branch();
    else if (dice < 885) this.#large();
    else if (dice < 890) this.#bulk();
    else if (dice < 930) this.#moveRef();
    else if (dice < 945) await this.#helios.checkpoint();
    else if (dice < 965) await this.#helios.durable();
    else if (dice < 975) this.#deleteRef();
    else if (dice < 979) await this.#reopen();
    else this.#burst();
  }

  #small(line: Line): void {
    for (let i = 1 + this.#random.below(3); i > 0; i--) this.#change(line);
    this.#commit(line);
  }

  /** Many commits without a pause: what group commit and buffers make of them. */
  #burst(): void {
    for (let i = 0; i < 200; i++) this.#small(this.#lines[0]!);
  }

  #change(line: Line): void {
    const path = `dir-${this.#random.below(5)}/file-${this.#random.below(9)}`;
    if (line.model.has(path) && this.#random.chance(0.1)) {
      line.vst.delete(path);
      line.model.delete(path);
      return;
    }
    const before = line.model.has(path) ? Buffer.from(line.vst.read(path)!) : Buffer.alloc(0);
    this.#write(line, path, this.#content(before));
  }

  #write(line: Line, path: string, bytes: Buffer): void {
    line.vst.write(path, bytes);
    line.model.set(path, sha256(bytes));
  }

  /** Edits in the middle, which become deltas, and contents that share nothing with the one before. */
  #content(before: Buffer): Buffer {
    const stamp = Buffer.from(`${this.#options.seed}/${this.#steps} `);
    if (before.length > 100 && this.#random.chance(0.6)) {
      const at = this.#random.below(before.length);
      return Buffer.concat([before.subarray(0, at), stamp, before.subarray(at + stamp.length)]);
    }
    switch (this.#random.below(4)) {
      case 0:
        return this.#random.bytes(this.#random.below(2000));
      case 1:
        return Buffer.alloc(this.#random.below(20_000), stamp);
      case 2:
        return Buffer.alloc(0);
      default:
        return stamp;
    }
  }

  #fork(): void {
    const from = this.#random.pick(this.#lines);
    const line: Line = { vst: from.vst.fork(), model: new Map(from.model), parent: from.parent };
    this.#small(line);
    // Never main, which the others have as their trunk.
    if (this.#lines.length >= LINES_MAX) this.#lines.splice(1, 1);
    this.#lines.push(line);
  }

  #branch(): void {
    const from = this.#random.pick(this.#lines);
    const line: Line = { vst: from.vst.fork(), model: new Map(from.model), parent: from.parent };
    this.#change(line);
    this.#commit(line, `branch/${this.#options.seed}-${this.#steps}`);
  }

  #large(): void {
    const line = this.#random.pick(this.#lines);
    const bytes = this.#random.chance(0.5)
      ? Buffer.alloc(LARGE_BYTES + this.#random.below(50_000), `${this.#options.seed}/${this.#steps} `)
      : this.#random.bytes(LARGE_BYTES);
    this.#write(line, `large-${this.#random.below(2)}`, bytes);
    this.#commit(line);
  }

  /** On a line of its own, so that the others stay small enough to be checked commit by commit. */
  #bulk(): void {
    const line: Line = { vst: this.#helios.vst(), model: new Map(), parent: undefined };
    for (let i = 0; i < BULK_PATHS; i++)
      this.#write(line, `bulk/${i % 50}/${i}`, Buffer.from(`${this.#steps} ${i % 700}`));
    this.#commit(line);
  }

  #moveRef(): void {
    if (this.#commits.length === 0) return;
    const name = `tag/${this.#random.below(4)}`;
    const target = this.#random.pick(this.#commits);
    const current = this.#helios.refs().find((ref) => ref.name === name)?.commit;
    this.#say(`intent ${name} ${target}`);
    this.#helios.setRef(name, target, current);
    this.#say(`ref ${name} ${target}`);
  }

  #deleteRef(): void {
    const { name, commit } = this.#random.pick(this.#helios.refs());
    if (!name.startsWith("tag/")) return;
    this.#say(`intent ${name} -`);
    this.#helios.deleteRef(name, commit);
    this.#say(`ref ${name} -`);
  }

  async #reopen(): Promise<void> {
    await this.#helios.close();
    await this.#open();
  }

  #commit(line: Line, ref?: string): void {
    const snapshot = line.vst.commit(`step ${this.#steps}`, ref === undefined ? {} : { ref });
    this.#say(
      `commit ${snapshot.commit} ${snapshot.id} ${digestOf(line.model)} ${line.vst.ref ?? "-"} ${line.parent ?? "-"} ${Date.now()}`,
    );
    line.parent = snapshot.commit;
    this.#commits.push(snapshot.commit);
  }

  #say(text: string): void {
    writeSync(this.#fd, `${text}\n`);
  }
}

/** Makes one write of the engine in part, and dies. */
function tearWrite(at: number, random: SeededRandom, ownFd: number): void {
  let writes = 0;
  interceptWrites(({ call, fd, proceed }) => {
    if (fd === ownFd || (call !== "writeSync" && call !== "writevSync") || ++writes < at) return proceed();
    // Between nothing of it and nearly all of it, most often within the first bytes of a frame.
    proceed(random.chance(0.3) ? random.below(12) : random.below(4000));
    process.kill(process.pid, "SIGKILL");
    // The signal may take a moment: nothing may follow the torn write.
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
}

if (process.argv[1] === import.meta.filename) {
  const options = JSON.parse(process.argv[2]!) as CrashWriterOptions;
  const fd = openSync(options.acknowledged, "a");
  if (options.tearAtWrite !== undefined)
    tearWrite(options.tearAtWrite, new SeededRandom(options.seed ^ 0x7ea5), fd);
  await new Writer(options, fd).run();
}
