/** HELIOS_FLIPS=n flips n bits in each file of a store instead of a few. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { HeliosError, type HeliosErrorCode } from "./errors.ts";
import { Helios } from "./index.ts";
import { hashBlob } from "./object/hash.ts";
import { hashKeyOf } from "./object/ids.ts";
import { differences, makeSampleStore, type SampleStore } from "./safety/sample-store.fixture.ts";
import { SeededRandom } from "./seeded-random.ts";
import { openL2 } from "./store/open-l2.ts";
import { readFormat } from "./store/format.ts";
import { u48be } from "./store/l2-writer.ts";
import { MemoryStore } from "./store/memory-store.ts";
import type { ObjectStore } from "./store/object-store.ts";
import { blobWrite } from "./store/objects.ts";
import { verifyStore, type VerifyReport } from "./verify.ts";
import { Findings } from "./verify/damage.ts";
import { sampleObjects } from "./verify/sample.ts";

const flipsPerFile = Number(process.env["HELIOS_FLIPS"] ?? 0);

let home: string;
const made = new Map<"rocksdb" | "lmdb", SampleStore>();
before(async () => {
  home = mkdtempSync(join(tmpdir(), "helios-verify-"));
  for (const l2 of ["rocksdb", "lmdb"] as const) {
    const store = await makeSampleStore(join(home, l2), { l2, rounds: 2, bulkPaths: 4100 });
    // Opening once more puts what RocksDB has in its log into tables.
    assert.deepEqual(await differences(store), []);
    made.set(l2, store);
  }
});
after(() => rmSync(home, { recursive: true, force: true }));

/** A copy to be damaged. */
function copied(l2: "rocksdb" | "lmdb"): SampleStore {
  const root = mkdtempSync(join(home, "copy-"));
  cpSync(made.get(l2)!.root, root, { recursive: true });
  return { ...made.get(l2)!, root };
}

const verify = async (root: string) => (await verifyStore({ root, threads: 0 })) as VerifyReport;
const segment = (root: string) => join(root, "journal", "00000001.log");

function flip(file: string, at: number, bit = 0): void {
  const bytes = readFileSync(file);
  bytes[at]! ^= 1 << bit;
  writeFileSync(file, bytes);
}

for (const l2 of ["rocksdb", "lmdb"] as const)
  describe(`a sound store on ${l2}`, () => {
    test("is sound, with threads and without, and everything in it is counted", async () => {
      const { root, expected, refs } = made.get(l2)!;
      const report = await verify(root);
      assert.deepEqual(report.damages, []);
      assert.equal(report.sound, true);
      assert.equal(report.checked.commits, expected.length);
      assert.equal(report.checked.refs, refs.size);
      assert.ok(report.checked.nodes > 500 && report.checked.contents > 300 && report.checked.rows > 50);
      assert.deepEqual(await verifyStore({ root, threads: 2 }), report);
    });

    test("that is being written to is sound, and is changed by nothing that verifying does", async () => {
      const { root, expected } = copied(l2);
      const helios = await Helios.open({ root, checkpointCommits: 4 });
      const vst = helios.checkout("main");
      for (let i = 0; i < 20; i++) {
        vst.write("written", `while it is verified: ${i}`);
        vst.commit();
      }
      const files = () => (readdirSync(root, { recursive: true }) as string[]).sort();
      const before = files();
      const report = await verify(root);
      assert.deepEqual(report.damages, []);
      assert.equal(report.checked.commits, expected.length + 20);
      // The directory of readers' views stays, without any.
      const isNew = (name: string): boolean => !before.includes(name) && name !== "readers";
      assert.deepEqual(files().filter(isNew), []);
      await helios.close();
    });
  });

describe("one flipped bit", () => {
  /** A file of each kind, by what is in it. */
  const kinds: readonly [l2: "rocksdb" | "lmdb", file: RegExp, flips: number][] = [
    ["lmdb", /journal\/.*\.log$/, 6],
    ["lmdb", /data\.mdb$/, 6],
    ["rocksdb", /\.sst$/, 1],
    ["rocksdb", /MANIFEST/, 1],
    ["rocksdb", /CURRENT/, 1],
    ["rocksdb", /format\.json$/, 2],
  ];
  for (const [l2, pattern, flips] of kinds)
    test(`in ${pattern.source} of ${l2} is found, or changes nothing that anybody can read`, async (t) => {
      const random = new SeededRandom(7);
      const tally = { found: 0, refused: 0, harmless: 0 };
      const { root } = made.get(l2)!;
      const files = (readdirSync(root, { recursive: true }) as string[]).filter((name) => pattern.test(name));
      assert.ok(files.length > 0);
      for (const name of files)
        for (let i = 0; i < (flipsPerFile || flips); i++) {
          const store = copied(l2);
          const file = join(store.root, name);
          const [at, bit] = [random.below(statSync(file).size), random.below(8)];
          flip(file, at, bit);
          tally[await outcomeOf(store, `${name} byte ${at} bit ${bit}`)]++;
          rmSync(store.root, { recursive: true, force: true });
        }
      t.diagnostic(JSON.stringify(tally));
    });

  /** Throws when damage was neither found nor harmless. */
  async function outcomeOf(store: SampleStore, where: string): Promise<"found" | "refused" | "harmless"> {
    let report: VerifyReport;
    try {
      report = await verify(store.root);
    } catch (error) {
      // A format that this version does not know is refused by name.
      assert.ok(error instanceof HeliosError && error.code === "STORE_FORMAT", `${where}: ${String(error)}`);
      return "refused";
    }
    if (!report.sound) {
      assert.ok(report.damages.every(({ where, code, problem }) => where !== "" && code && problem !== ""));
      return "found";
    }
    assert.deepEqual(await differences(store), [], `${where} was not found`);
    return "harmless";
  }

  test("in each byte of the last records is found", async () => {
    const store = copied("lmdb");
    const file = segment(store.root);
    const sound = readFileSync(file);
    const random = new SeededRandom(3);
    const from = sound.length - 200;
    for (let at = from; at < sound.length; at += flipsPerFile > 0 ? 1 : 9) {
      flip(file, at, random.below(8));
      const { sound: isSound, damages } = await verify(store.root);
      assert.equal(isSound, false, `byte ${at}`);
      assert.equal(damages[0]!.kind, "journal");
      assert.match(damages[0]!.where, /00000001\.log offset \d+$/);
      writeFileSync(file, sound);
    }
  });
});

describe("the journal's end", () => {
  test("cut at any byte of the last record is no damage: it was never acknowledged", async () => {
    const store = copied("lmdb");
    const file = segment(store.root);
    const size = statSync(file).size;
    for (const cut of [1, 5, 30, 60]) {
      truncateSync(file, size - cut);
      const { sound, damages, unfinishedBytes } = await verify(store.root);
      assert.equal(sound, true, JSON.stringify(damages));
      assert.ok(unfinishedBytes > 0);
    }
  });

  test("with space allocated ahead is no damage", async () => {
    const store = copied("lmdb");
    appendFileSync(segment(store.root), Buffer.alloc(5000));
    const { sound, unfinishedBytes } = await verify(store.root);
    assert.deepEqual([sound, unfinishedBytes], [true, 0]);
  });

  test("in front of the checkpoint's mark is damage", async () => {
    const store = copied("lmdb");
    truncateSync(segment(store.root), 2000);
    const { sound, damages } = await verify(store.root);
    assert.equal(sound, false);
    assert.ok(
      damages.some(
        ({ where, problem }) =>
          where === "meta checkpoint" &&
          /counts \d+ commits; the journal has \d+|behind the journal/.test(problem),
      ),
    );
  });
});

describe("damage is named with what it is and whom it affects", () => {
  const damaged = async (change: (l2: ObjectStore) => void): Promise<VerifyReport> => {
    const store = copied("lmdb");
    const l2 = await openL2(store.root, readFormat(store.root)!);
    change(l2);
    await l2.close();
    return verify(store.root);
  };
  /** The first row after the middle of a space. */
  const someRow = (
    l2: ObjectStore,
    space: "blobs" | "nodes" | "places" | "snapshots" | "roots" | "index",
  ) => {
    const rows = l2.range(space);
    return rows[rows.length >> 1]!;
  };
  const only = (report: VerifyReport, kind: string, code: HeliosErrorCode) => {
    const found = report.damages.filter((damage) => damage.kind === kind && damage.code === code);
    assert.ok(found.length > 0, JSON.stringify(report.damages));
    return found[0]!;
  };

  test("a damaged content: its hash, and refs and paths that need it", async () => {
    let hash = "";
    const report = await damaged((l2) => {
      const [row] = l2.range("blobs").filter(({ value }) => value.length < 200 && value[0] === 0);
      hash = row!.key.toString("hex");
      l2.write([{ kind: "put", space: "blobs", key: row!.key, value: Buffer.from([0, 1, 2]) }]);
    });
    const damage = only(report, "content", "OBJECT_CORRUPT");
    assert.equal(damage.where, hash);
    assert.ok(damage.refs.length > 0);
    assert.ok(damage.paths.length > 0 && damage.paths.every(({ ref }) => damage.refs.includes(ref)));
    assert.equal(report.damageCount, 1);
  });

  test("a missing content", async () => {
    const report = await damaged((l2) => {
      const [row] = l2.range("blobs").filter(({ value }) => value.length < 20);
      l2.write([{ kind: "delete", space: "blobs", key: row!.key }]);
    });
    assert.ok(only(report, "content", "OBJECT_MISSING").paths.some(({ ref }) => ref === "bulk"));
  });

  test("a missing node and a damaged one", async () => {
    const report = await damaged((l2) => {
      const rows = l2.range("nodes").filter(({ value }) => value[1] === 0);
      l2.write([
        { kind: "delete", space: "nodes", key: rows[3]!.key },
        { kind: "put", space: "nodes", key: rows[200]!.key, value: rows[201]!.value },
      ]);
    });
    only(report, "node", "OBJECT_MISSING");
    only(report, "node", "OBJECT_CORRUPT");
  });

  test("rows that name another commit, another place, or nothing there is", async () => {
    const six = Buffer.from([1, 0, 0, 0, 0, 0]);
    const report = await damaged((l2) => {
      l2.write([
        { kind: "put", space: "places", key: someRow(l2, "places").key, value: six },
        { kind: "put", space: "snapshots", key: someRow(l2, "snapshots").key, value: six },
        { kind: "put", space: "roots", key: someRow(l2, "roots").key, value: l2.range("nodes")[0]!.key },
        { kind: "put", space: "index", key: someRow(l2, "index").key, value: Buffer.alloc(8) },
        { kind: "put", space: "index", key: u48be(9999), value: Buffer.alloc(8) },
        { kind: "put", space: "refs", key: Buffer.from("main"), value: six },
        { kind: "put", space: "refs", key: Buffer.from("made-up"), value: six },
      ]);
    });
    const spaces = report.damages.map(({ where }) => where.split(" ")[0]);
    assert.deepEqual(new Set(spaces), new Set(["places", "snapshots", "roots", "index", "ref"]));
    assert.equal(report.damageCount, 7);
  });

  test("a mark that counts more commits than there are, and one that cannot be read", async () => {
    for (const value of [
      '{"nextSequence":9999,"position":4294967312}',
      '{"nextSequence":3,"position":4294967312}',
      "{",
    ]) {
      const report = await damaged((l2) =>
        l2.write([{ kind: "put", space: "meta", key: Buffer.from("checkpoint"), value: Buffer.from(value) }]),
      );
      assert.ok(
        report.damages.some(({ where }) => where.startsWith("meta")),
        value,
      );
    }
  });

  test("a damaged pin", async () => {
    const report = await damaged((l2) => {
      l2.write([{ kind: "put", space: "meta", key: Buffer.from("pin:c3"), value: Buffer.alloc(8) }]);
    });
    assert.match(report.damages[0]!.problem, /pin:c3/);
  });

  test("a damaged record: the commits that are lost with it, not everything that was built on them", async () => {
    const store = copied("lmdb");
    flip(segment(store.root), 3000);
    const report = await verify(store.root);
    const [damage] = report.damages;
    assert.match(damage!.where, /00000001\.log offset \d+$/);
    assert.ok(report.damageCount < 5, JSON.stringify(report.damages));
    assert.ok(report.checked.commits >= store.expected.length - 1);
  });

  test("a missing segment", async () => {
    const store = copied("lmdb");
    rmSync(segment(store.root));
    const report = await verify(store.root);
    assert.equal(report.sound, false);
    assert.equal(report.checked.commits, 0);
  });

  test("a store that is rubble does not make a report of its size", async () => {
    const report = await damaged((l2) => {
      for (const { key } of l2.range("blobs"))
        l2.write([{ kind: "put", space: "blobs", key, value: Buffer.from([9]) }]);
    });
    assert.equal(report.damages.length, 100);
    assert.ok(report.damageCount > 300);
  });
});

test("what is no store, or of another version, is refused by name", async () => {
  const code = (expected: HeliosErrorCode) => (error: unknown) =>
    error instanceof HeliosError && error.code === expected;
  await assert.rejects(verify(join(home, "nowhere")), code("STORE_MISSING"));
  const store = copied("lmdb");
  const file = join(store.root, "format.json");
  writeFileSync(file, readFileSync(file, "utf8").replace("helios-store/1", "helios-store/9"));
  await assert.rejects(verify(store.root), code("STORE_FORMAT"));
});

test("an interrupted verification ends, whatever it was at", async () => {
  const { root } = made.get("lmdb")!;
  for (const threads of [0, 2])
    for (const step of ["journal", "commits", "objects", "rows"] as const) {
      const interrupt = new AbortController();
      const onProgress = (current: string): void => {
        if (current === step) interrupt.abort(new Error("enough"));
      };
      await assert
        .rejects(verifyStore({ root, threads, signal: interrupt.signal, onProgress }), (error) => {
          assert.ok(error instanceof HeliosError && error.code === "ABORTED", String(error));
          return true;
        })
        // A small store is done with its commits and rows before it asks again.
        .catch((error: unknown) => {
          if (step !== "rows" && step !== "commits") throw error;
        });
    }
  assert.equal((await verify(root)).sound, true);
});

describe("a sample", () => {
  test("says how much it looked at and what share of damage it would have met, and claims no more", async () => {
    const { root } = made.get("lmdb")!;
    const full = await verify(root);
    const report = await verifyStore({ root, sample: 200, seed: 5 });
    assert.ok(report.mode === "sample");
    assert.equal(report.noDamageSeen, true);
    assert.equal(report.sampled, 200);
    const objects = full.checked.nodes + full.checked.contents;
    assert.ok(Math.abs(report.total - objects) < objects / 2, `${report.total} of ${objects}`);
    assert.ok(Math.abs((1 - report.detectableFraction) ** 200 - 0.05) < 1e-9);
    assert.deepEqual(await verifyStore({ root, sample: 200, seed: 5 }), report);
  });

  test("of more objects than there are looks at all of them", async () => {
    const store = await makeTiny();
    const findings = new Findings(10);
    const sampled = sampleObjects(store, 100, 1, findings);
    assert.deepEqual([sampled.sampled, sampled.total, sampled.totalIsExact], [9, 9, true]);
    assert.equal(sampled.detectableFraction, 1 / 9);
    store.write([
      { kind: "put", space: "blobs", key: store.range("blobs")[4]!.key, value: Buffer.from([0]) },
    ]);
    sampleObjects(store, 100, 1, findings);
    assert.equal(findings.count, 1);
    assert.equal(findings.kept[0]!.code, "OBJECT_CORRUPT");
  });

  test("draws each object as often as any other", () => {
    const l2 = new MemoryStore();
    const keys = Array.from({ length: 120 }, (_, i) => Buffer.from(`content ${i}`));
    l2.write(keys.map((bytes) => blobWrite(hashKeyOf(hashBlob(bytes)), bytes)));
    const drawn = new Map<string, number>();
    const counting: ObjectStore = Object.create(l2, {
      range: {
        value: (...args: Parameters<ObjectStore["range"]>) => l2.range(...args),
      },
    }) as ObjectStore;
    // A row that is drawn is a damaged one, and so is told.
    l2.write(
      l2.range("blobs").map(({ key }) => ({ kind: "put", space: "blobs", key, value: Buffer.from([9]) })),
    );
    const rounds = 600;
    for (let seed = 1; seed <= rounds; seed++) {
      const findings = new Findings(1000);
      sampleObjects(counting, 10, seed, findings);
      for (const { where } of findings.kept) drawn.set(where, (drawn.get(where) ?? 0) + 1);
    }
    assert.equal(drawn.size, keys.length);
    // 10 of 120 in 600 rounds: 50 times each, with a standard deviation of 6.8.
    const counts = [...drawn.values()];
    assert.ok(Math.min(...counts) > 50 - 5 * 6.8 && Math.max(...counts) < 50 + 5 * 6.8, counts.join(" "));
  });

  async function makeTiny(): Promise<MemoryStore> {
    const l2 = new MemoryStore();
    for (let i = 0; i < 9; i++) {
      const bytes = Buffer.from(`content ${i}`);
      l2.write([blobWrite(hashKeyOf(hashBlob(bytes)), bytes)]);
    }
    return l2;
  }
});
