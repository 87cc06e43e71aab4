/**
 * Pins: commits that are kept though no ref names them. A row of `meta` each, `pin:c<sequence>`; its value is the
 * beginning of the key's hash, since nothing else in the store would tell a damaged pin from another one.
 */
import { HeliosError } from "../errors.ts";
import { hashBlob } from "../object/hash.ts";
import { commitIdOf, parseCommitId, type Sequence } from "../object/ids.ts";
import type { ObjectStore, StoreWrite } from "../store/object-store.ts";

const PREFIX = "pin:";
/** The first key behind all pins. */
const BEHIND = Buffer.from("pin;");
const CHECK_BYTES = 8;

export function pinWrite(sequence: Sequence): StoreWrite {
  const key = keyOf(sequence);
  return { kind: "put", space: "meta", key, value: checkOf(key) };
}

export function unpinWrite(sequence: Sequence): StoreWrite {
  return { kind: "delete", space: "meta", key: keyOf(sequence) };
}

/** In order. STORE_CORRUPT for a damaged one: guessing would drop what somebody wanted kept. */
export function readPins(l2: ObjectStore): Sequence[] {
  return l2
    .range("meta", { gte: Buffer.from(PREFIX), lt: BEHIND })
    .map(({ key, value }) => {
      const sequence = parseCommitId(key.toString().slice(PREFIX.length));
      if (sequence !== undefined && checkOf(key).equals(value)) return sequence;
      throw new HeliosError(
        "STORE_CORRUPT",
        `the pin ${JSON.stringify(key.toString())} is damaged`,
        "Restore the store from a copy, or pin again what is to be kept.",
      );
    })
    .sort((a, b) => a - b);
}

function keyOf(sequence: Sequence): Buffer {
  return Buffer.from(`${PREFIX}${commitIdOf(sequence)}`);
}

function checkOf(key: Buffer): Buffer {
  return Buffer.from(hashBlob(key)).subarray(0, CHECK_BYTES);
}
