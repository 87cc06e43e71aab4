import { showBytes, showCount } from "../show.ts";
import { type Check, ok, problem, warning } from "./check.ts";
import { nearestDirectory } from "./machine.ts";

/** A few journal segments and one compaction of RocksDB. */
const LEAST_BYTES = 256 * 1024 * 1024;
const COMFORT_BYTES = 2 * 1024 * 1024 * 1024;
/** A store has some dozens of files; materializing needs one for each path. */
const LEAST_INODES = 1000;
const COMFORT_INODES = 100_000;

export const diskSpaceCheck: Check = {
  id: "disk-space",
  title: "disk space",
  run(machine, place) {
    const directory = nearestDirectory(machine, place.root);
    const { availableBytes, inodes, freeInodes } = machine.fileSystem(directory);
    // btrfs and others make inodes as needed and say 0 of 0.
    const limited = inodes > 0;
    const facts = { directory, availableBytes, freeInodes: limited ? freeInodes : null };
    const found = `${showBytes(availableBytes)}${limited ? ` and ${showCount(freeInodes, "inode", "inodes")}` : ""} free`;
    const remedy = "free some space, or put the store on another disk: --store DIR or HELIOS_STORE";
    if (availableBytes < LEAST_BYTES || (limited && freeInodes < LEAST_INODES))
      return problem(`${found}: the next commits may fail`, remedy, facts);
    if (availableBytes < COMFORT_BYTES || (limited && freeInodes < COMFORT_INODES))
      return warning(`${found}: little for large imports and materializing`, remedy, facts);
    return ok(found, facts);
  },
};
