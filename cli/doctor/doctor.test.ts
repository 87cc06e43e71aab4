import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { assertMatchesSchema } from "../check-json.ts";
import { spawnCli, spawnJson } from "../spawn-cli.ts";
import { checks, runChecks } from "./index.ts";
import { type BackendKind, type BackendProbe, type Machine, thisMachine } from "./machine.ts";
import { measureDisk } from "./measure-disk.ts";

const MiB = 1024 * 1024;
const works = (used: string): BackendProbe => ({ kind: "works", used, l1CapacityBytes: 64 * MiB });

/** A machine with nothing wrong; a test changes what it is about. */
function machine(
  changes: Partial<Machine> = {},
  backends: Partial<Record<BackendKind, BackendProbe>> = {},
): Machine {
  return {
    platform: "linux",
    architecture: "x64",
    nodeVersion: "24.18.1",
    processors: 4,
    totalMemoryBytes: 8192 * MiB,
    availableMemoryBytes: 4096 * MiB,
    readText: (path) => {
      if (path === "/proc/self/io") return "rchar: 1\nwchar: 2\nwrite_bytes: 3\n";
      return path.endsWith("current_clocksource") ? "tsc\n" : undefined;
    },
    list: () => [],
    exists: () => true,
    writable: () => true,
    fileSystem: () => ({ type: 0xef53, availableBytes: 100_000 * MiB, inodes: 1e7, freeInodes: 9e6 }),
    measureDisk: () => ({ appendP50Us: 2, syncP50Us: 100, syncP95Us: 140, syncs: 50 }),
    clockStepNs: () => 40,
    alive: () => false,
    startedMs: () => undefined,
    modifiedMs: () => undefined,
    program: (name) => `/usr/bin/${name}`,
    probeBackend: async (kind) => backends[kind] ?? works(kind),
    ...changes,
  };
}

async function answer(id: string, on: Machine, place = { root: "/data/.helios", exists: true }) {
  const selected = checks.filter((check) => check.id === id);
  assert.equal(selected.length, 1, id);
  const [only] = await runChecks(on, place, selected);
  assert.ok(only !== undefined);
  return only;
}

async function assertAnswers(id: string, on: Machine, status: string, found: RegExp): Promise<void> {
  const got = await answer(id, on);
  assert.equal(got.status, status, `${id}: ${got.found}`);
  assert.match(got.found, found);
  if (got.status !== "ok") assert.ok(got.remedy.length > 10, `${id} says what to do`);
}

test("a machine with nothing wrong gets nothing but ok", async () => {
  const answers = await runChecks(machine(), { root: "/data/.helios", exists: true });
  assert.deepEqual(
    answers.filter(({ status }) => status !== "ok"),
    [],
  );
  assert.equal(new Set(answers.map(({ id }) => id)).size, checks.length);
});

test("Node.js too old is a problem, an untested one a warning, on both sides of the line", async () => {
  await assertAnswers("node-version", machine({ nodeVersion: "22.17.9" }), "problem", /older/);
  await assertAnswers("node-version", machine({ nodeVersion: "22.18.0" }), "ok", /22/);
  await assertAnswers("node-version", machine({ nodeVersion: "20.99.0" }), "problem", /older/);
  await assertAnswers("node-version", machine({ nodeVersion: "25.1.0" }), "warning", /tests run on/);
});

test("one backend that fails is a warning, both a problem; a substitute does not count as the backend", async () => {
  const refused: BackendProbe = { kind: "refused", code: "L2_UNAVAILABLE", reason: "did not load" };
  const died: BackendProbe = { kind: "died", how: "it was ended by SIGILL" };
  await assertAnswers("rocksdb", machine({}, { rocksdb: refused }), "warning", /L2_UNAVAILABLE/);
  await assertAnswers("rocksdb", machine({}, { rocksdb: died }), "warning", /SIGILL/);
  await assertAnswers("rocksdb", machine({}, { rocksdb: works("lmdb") }), "warning", /use lmdb instead/);
  await assertAnswers(
    "rocksdb",
    machine({}, { rocksdb: died, lmdb: refused }),
    "problem",
    /lmdb does not work either/,
  );
  await assertAnswers("lmdb", machine({}, { rocksdb: works("lmdb"), lmdb: died }), "problem", /SIGILL/);
  await assertAnswers("memory", machine({}, { rocksdb: died, lmdb: died }), "warning", /not known/);
});

test("file systems: disks pass, memory and layers warn, the network is refused, the unknown is said to be so", async () => {
  const on = (type: number) =>
    machine({ fileSystem: () => ({ type, availableBytes: 1e12, inodes: 0, freeInodes: 0 }) });
  await assertAnswers("file-system", on(0x58465342), "ok", /xfs/);
  await assertAnswers("file-system", on(0x01021994), "warning", /tmpfs/);
  await assertAnswers("file-system", on(0x794c7630), "warning", /overlayfs/);
  await assertAnswers("file-system", on(0x6969), "problem", /nfs/);
  await assertAnswers("file-system", on(0xff534d42), "problem", /cifs/);
  await assertAnswers("file-system", on(0x12345), "warning", /0x12345/);
  await assertAnswers("disk-space", on(0xef53), "ok", /free$/);
});

test("little space or few inodes", async () => {
  const on = (availableBytes: number, freeInodes: number) =>
    machine({ fileSystem: () => ({ type: 0xef53, availableBytes, inodes: 1e6, freeInodes }) });
  await assertAnswers("disk-space", on(255 * MiB, 1e6), "problem", /may fail/);
  await assertAnswers("disk-space", on(257 * MiB, 1e6), "warning", /little/);
  await assertAnswers("disk-space", on(1e12, 999), "problem", /999 inodes/);
  await assertAnswers("disk-space", on(1e12, 99_999), "warning", /little/);
});

test("slow disks, and syncs that something ignores", async () => {
  const on = (appendP50Us: number, syncP50Us: number) =>
    machine({ measureDisk: () => ({ appendP50Us, syncP50Us, syncP95Us: 2 * syncP50Us, syncs: 50 }) });
  await assertAnswers("disk-speed", on(51, 100), "warning", /slow even without syncing/);
  await assertAnswers("disk-speed", on(2, 10_001), "warning", /10\.0 ms \(P95 20\.0 ms\): slow to sync/);
  await assertAnswers("disk-speed", on(2, 5), "warning", /too fast to be true/);
  await assertAnswers("disk-speed", on(2, 97), "ok", /class `power` takes about 97 us \(P95 194 us\)/);
  await assertAnswers("disk-speed", machine({ writable: () => false }), "warning", /not measured/);
});

test("memory is judged against what the cache may take", async () => {
  const on = (availableMemoryBytes: number) => machine({ availableMemoryBytes });
  await assertAnswers("memory", on(191 * MiB), "problem", /too little/);
  await assertAnswers("memory", on(193 * MiB), "warning", /little for/);
  await assertAnswers("memory", on(577 * MiB), "ok", /available/);
});

test("clock, processors, I/O accounting and programs", async () => {
  await assertAnswers("clock", machine({ clockStepNs: () => 1001 }), "warning", /too coarse/);
  await assertAnswers("clock", machine({ clockStepNs: () => NaN }), "warning", /too coarse/);
  await assertAnswers("clock", machine({ readText: () => "hpet\n" }), "warning", /hpet/);
  await assertAnswers("processors", machine({ processors: 1 }), "warning", /one processor/);
  await assertAnswers("process-io", machine({ readText: () => undefined }), "warning", /missing/);
  await assertAnswers("git", machine({ program: () => undefined }), "warning", /not in PATH/);
  await assertAnswers("strace", machine({ program: () => undefined }), "warning", /not in PATH/);
});

test("a lock file: its process lives, is gone, or has the number of a dead one", async () => {
  const held = { readText: () => '{"pid":77}', alive: () => true, modifiedMs: () => 1_000_000 };
  await assertAnswers(
    "lock",
    machine({ ...held, startedMs: () => 999_000 }),
    "ok",
    /process 77 has the store/,
  );
  await assertAnswers("lock", machine({ ...held, startedMs: () => 1_003_000 }), "warning", /77, is gone/);
  await assertAnswers("lock", machine({ ...held, alive: () => false }), "warning", /77, is gone/);
  await assertAnswers("lock", machine({ ...held, readText: () => "{" }), "warning", /not readable/);
});

test("temporary files count as left over only when their maker is gone", async () => {
  const names: Record<string, string[]> = {
    "/data": [".out.helios-5-k3x", ".out.helios-6-k3x", ".git", "src"],
    "/data/.helios": ["format.json", "format.json.5", "journal", "objects", "readers", "stat-cache"],
    "/data/.helios/readers": ["host_5_123_0123abcd", "host_6_123_0123abcd"],
    "/data/.helios/stat-cache": ["abc", "abc.tmp"],
  };
  const list = (directory: string) => names[directory] ?? [];
  const got = await answer("leftovers", machine({ list, alive: (pid) => pid === 6 }));
  assert.equal(got.status, "warning");
  assert.deepEqual(got.facts, { leftovers: 4 });
  assert.match(got.found, /format\.json\.5/);
  const busy = machine({ list, alive: () => true, readText: () => '{"pid": 6}' });
  await assertAnswers("leftovers", busy, "ok", /none/);
});

test("the place: no store yet, no permission, somebody else's directory", async () => {
  const nothing = { root: "/data/new/.helios", exists: false };
  const absent = machine({ exists: (path) => path === "/data" });
  assert.match((await answer("location", absent, nothing)).found, /none yet/);
  const closed = machine({ exists: (path) => path === "/data", writable: () => false });
  assert.match((await answer("location", closed, nothing)).found, /\/data cannot be written/);
  assert.equal((await answer("location", closed, nothing)).status, "problem");
  await assertAnswers("location", machine({ writable: () => false }), "warning", /reading works/);
  const foreign = machine({ exists: (path) => !path.endsWith("format.json"), list: () => ["photos"] });
  await assertAnswers("location", foreign, "problem", /not a Helios store/);
});

test("a check that fails itself is a warning, never ok", async () => {
  const broken = machine({
    fileSystem: () => {
      throw new Error("statfs refused");
    },
  });
  await assertAnswers("file-system", broken, "warning", /could not be checked: statfs refused/);
});

const breakRocksdb = (how: string) => [
  "--import",
  `data:text/javascript,${encodeURIComponent(
    `import module from "node:module"; const load = module._load;
     module._load = (name, ...rest) => { if (name === "@nxtedition/rocksdb") { ${how} } return load(name, ...rest); };`,
  )}`,
];

test("a native part that is missing, or kills its process, is found out and does not end the doctor", async () => {
  const missing = await thisMachine(
    breakRocksdb('throw new Error("No native build was found")'),
  ).probeBackend("rocksdb");
  assert.ok(
    missing.kind === "refused" || (missing.kind === "works" && missing.used !== "rocksdb"),
    JSON.stringify(missing),
  );
  const killed = await thisMachine(breakRocksdb('process.kill(process.pid, "SIGILL")')).probeBackend(
    "rocksdb",
  );
  assert.deepEqual(killed, { kind: "died", how: "it was ended by SIGILL" });
});

test("this machine: the disk is timed and nothing is left on it, the clock steps, processes are told apart", () => {
  const folder = mkdtempSync(join(tmpdir(), "helios-doctor-"));
  try {
    const speed = measureDisk(folder);
    assert.ok(
      speed.appendP50Us > 0 && speed.syncP50Us > 0 && speed.syncP95Us >= speed.syncP50Us && speed.syncs >= 5,
    );
    assert.deepEqual(readdirSync(folder), []);
    const here = thisMachine();
    assert.ok(here.clockStepNs() > 0 && Number.isFinite(here.clockStepNs()));
    assert.ok(here.alive(process.pid) && !here.alive(2 ** 22 + 1));
    const startedMs = here.startedMs(process.pid);
    if (startedMs !== undefined) assert.ok(Math.abs(Date.now() - process.uptime() * 1000 - startedMs) < 2000);
    assert.equal(here.program("no-such-program"), undefined);
    assert.ok(here.totalMemoryBytes >= here.availableMemoryBytes);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("helios-cli doctor: ends with 1 for a problem, changes nothing, and its JSON has a schema", async () => {
  const folder = mkdtempSync(join(tmpdir(), "helios-doctor-"));
  try {
    const result = await spawnJson(["doctor"], { cwd: folder });
    assertMatchesSchema("doctor", result);
    assert.deepEqual(readdirSync(folder), []);
    mkdirSync(join(folder, "photos"));
    writeFileSync(join(folder, "photos/cat"), "");
    const refused = await spawnCli(["doctor", "--store", "photos"], { cwd: folder });
    assert.equal(refused.status, 1, refused.stderr);
    assert.match(
      refused.stdout.toString(),
      /PROBLEM {2}store: .* holds files and is not a Helios store\n +try: /,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
