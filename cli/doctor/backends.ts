/**
 * Really loads each persistent backend. A missing prebuild is an error that can be caught; one built for another
 * processor kills the process with SIGILL, which cannot: hence the child.
 */
import { type Check, type CheckResult, ok, problem, warning } from "./check.ts";
import type { BackendKind, BackendProbe, Machine } from "./machine.ts";

/** Each process loads native code and opens databases, so nobody is asked twice. */
const probes = new WeakMap<Machine, Map<BackendKind, Promise<BackendProbe>>>();

export function probeOnce(machine: Machine, kind: BackendKind): Promise<BackendProbe> {
  const known = probes.get(machine) ?? new Map<BackendKind, Promise<BackendProbe>>();
  probes.set(machine, known);
  const probe = known.get(kind) ?? machine.probeBackend(kind);
  known.set(kind, probe);
  return probe;
}

export const rocksdbCheck: Check = {
  id: "rocksdb",
  title: "RocksDB backend",
  run: (machine) => checkBackend(machine, "rocksdb", "@nxtedition/rocksdb", "lmdb"),
};

export const lmdbCheck: Check = {
  id: "lmdb",
  title: "LMDB backend",
  run: (machine) => checkBackend(machine, "lmdb", "lmdb", "rocksdb"),
};

async function checkBackend(
  machine: Machine,
  kind: BackendKind,
  npmPackage: string,
  otherKind: BackendKind,
): Promise<CheckResult> {
  const probe = await probeOnce(machine, kind);
  if (probe.kind === "works" && probe.used === kind) return ok("loads; a commit was written and read back");
  const other = await probeOnce(machine, otherKind);
  const otherWorks = other.kind === "works" && other.used === otherKind;
  const found = describe(probe, machine);
  const rebuild = `install a C++ compiler and run: npm rebuild ${npmPackage}`;
  return otherWorks
    ? warning(found, `stores with ${otherKind} work here; for ${kind}, ${rebuild}`)
    : problem(`${found}; ${otherKind} does not work either`, rebuild);
}

function describe(probe: BackendProbe, { platform, architecture }: Machine): string {
  const where = `${platform}-${architecture}`;
  switch (probe.kind) {
    case "works":
      return `does not load on ${where}; stores use ${probe.used} instead`;
    case "refused":
      return `does not work on ${where}: ${probe.code}: ${probe.reason}`;
    case "died":
      return `a process that loaded it on ${where} died: ${probe.how}`;
  }
}
