/**
 * A store with one of everything, for tests that damage it: small and packed contents, deltas, contents and commits that
 * go to L2 at once, forks that no ref keeps, merges, moved and deleted refs, several checkpoints, and commits behind the
 * last one. What is in it is a function of the seed; `expected` says it by another hash than the engine's.
 */
import { createHash } from "node:crypto";
import { Helios, type OpenOptions, type Vst } from "../index.ts";
import { SeededRandom } from "../seeded-random.ts";

export interface ExpectedCommit {
  readonly commit: string;
  readonly snapshot: string;
  /** Path -> SHA-256. */
  readonly files: ReadonlyMap<string, string>;
}

export interface SampleStore {
  readonly root: string;
  readonly expected: readonly ExpectedCommit[];
  readonly refs: ReadonlyMap<string, string>;
}

export interface SampleStoreOptions extends Omit<OpenOptions, "root"> {
  readonly seed?: number;
  readonly rounds?: number;
  readonly bulkPaths?: number;
  /** Commits behind the last checkpoint. */
  readonly tail?: number;
}

const LARGE_BYTES = 300_000;

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export async function makeSampleStore(root: string, options: SampleStoreOptions = {}): Promise<SampleStore> {
  const { seed = 1, rounds = 3, bulkPaths = 4200, tail = 6, ...open } = options;
  const random = new SeededRandom(seed);
  const helios = await Helios.open({ root, ...open });
  const expected: ExpectedCommit[] = [];
  const models = new Map<Vst, Map<string, string>>();
  const modelOf = (vst: Vst) => models.get(vst) ?? models.set(vst, new Map()).get(vst)!;
  const write = (vst: Vst, path: string, bytes: Buffer): void => {
    vst.write(path, bytes);
    modelOf(vst).set(path, sha256(bytes));
  };
  const commit = (vst: Vst, message: string): string => {
    const { commit, id } = vst.commit(message);
    expected.push({ commit, snapshot: id, files: new Map(modelOf(vst)) });
    return commit;
  };
  const small = (vst: Vst, i: number): string => {
    const path = `src/dir-${i % 3}/file-${random.below(12)}.txt`;
    const before = vst.read(path);
    const bytes =
      before !== undefined && before.length > 80
        ? Buffer.concat([before.subarray(0, 40), Buffer.from(`edit ${i}`), before.subarray(50)])
        : Buffer.alloc(100 + random.below(6000), `line ${i} of ${path}\n`);
    write(vst, path, bytes);
    return commit(vst, `small ${i}`);
  };
  const main = helios.checkout("main");
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 10; i++) small(main, round * 100 + i);
    write(main, "large.bin", random.bytes(LARGE_BYTES));
    const base = commit(main, "large");
    for (let i = 0; i < 5; i++) {
      const fork = main.fork();
      models.set(fork, new Map(modelOf(main)));
      small(fork, 5000 + i);
      const last = small(fork, 6000 + i);
      if (i === 0) helios.setRef(`keep/${round}`, last, undefined);
      if (i === 1) helios.setRef("gone", last, undefined);
      if (i === 1) helios.deleteRef("gone", last);
    }
    helios.setRef(`tag/${round}`, base, undefined);
    if (round === 0) {
      const bulk = helios.vst();
      for (let i = 0; i < bulkPaths; i++) write(bulk, `bulk/${i % 40}/${i}`, Buffer.from(`${i % 300}`));
      helios.setRef("bulk", commit(bulk, "bulk"), undefined);
    }
    await helios.checkpoint();
  }
  for (let i = 0; i < tail; i++) small(main, 9000 + i);
  const refs = new Map(helios.refs().map(({ name, commit }) => [name, commit]));
  await helios.close();
  return { root, expected, refs };
}

/** What of a store is not as it was made: a sentence for each commit, empty when all is there. */
export async function differences(store: SampleStore, open: Partial<OpenOptions> = {}): Promise<string[]> {
  const helios = await Helios.open({ root: store.root, create: false, ...open });
  try {
    const wrong: string[] = [];
    for (const { commit, snapshot, files } of store.expected) {
      const found = new Map<string, string>();
      try {
        const id = helios.resolve(commit);
        if (id !== snapshot) wrong.push(`${commit} is ${id}`);
        for (const { path, hash } of helios.list(id)) found.set(path, sha256(helios.readObject(hash)));
        for (const [path, hash] of files)
          if (found.get(path) !== hash) wrong.push(`${commit} has another ${path}`);
        if (found.size !== files.size) wrong.push(`${commit} has ${found.size} files, not ${files.size}`);
      } catch (error) {
        wrong.push(`${commit}: ${error instanceof Error ? `${error.name} ${error.message}` : String(error)}`);
      }
    }
    const refs = new Map(helios.refs().map(({ name, commit }) => [name, commit]));
    for (const [name, commit] of store.refs)
      if (refs.get(name) !== commit) wrong.push(`${name} names ${refs.get(name)}, not ${commit}`);
    return wrong;
  } finally {
    await helios.close();
  }
}
