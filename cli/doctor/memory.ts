import { showBytes } from "../show.ts";
import { probeOnce } from "./backends.ts";
import { type Check, ok, problem, warning } from "./check.ts";

/** Node itself, the code, and the backend's own buffers: what a store costs beside L1, measured at about 110 MiB. */
const BESIDE_L1_BYTES = 128 * 1024 * 1024;
/** Room for working sets: about 300 bytes an entry, and the contents that a checkpoint has not written yet. */
const COMFORT_BYTES = 512 * 1024 * 1024;

export const memoryCheck: Check = {
  id: "memory",
  title: "memory",
  async run(machine) {
    const probe = await probeOnce(machine, "rocksdb");
    const second = probe.kind === "works" ? probe : await probeOnce(machine, "lmdb");
    const { availableMemoryBytes: availableBytes, totalMemoryBytes: totalBytes } = machine;
    if (second.kind !== "works")
      return warning(
        `${showBytes(availableBytes)} available; what a store needs is not known without a backend`,
        "see the backends above",
        { availableBytes, totalBytes },
      );
    const { l1CapacityBytes } = second;
    const facts = { availableBytes, totalBytes, l1CapacityBytes };
    const found = `${showBytes(availableBytes)} of ${showBytes(totalBytes)} available, the object cache (L1) may take ${showBytes(l1CapacityBytes)}`;
    const remedy =
      "free memory or raise the container's limit; programs can open with a smaller l1.capacityBytes";
    if (availableBytes < l1CapacityBytes + BESIDE_L1_BYTES)
      return problem(`${found}: too little`, remedy, facts);
    if (availableBytes < l1CapacityBytes + COMFORT_BYTES)
      return warning(`${found}: little for states of many files`, remedy, facts);
    return ok(found, facts);
  },
};
