/**
 * A process that writes to a store (backend and location are the arguments) as fast as it can until killed. Batch n puts
 * n under the key n modulo KEYS into three spaces, and n into `meta`: a view that lacks a part of a batch shows it.
 */
import { randomBytes } from "node:crypto";
import { backendOf, type PersistentKind } from "./backends.ts";
import type { StoreWrite } from "./object-store.ts";

const KEYS = 2000;
const VALUE_BYTES = 3000;

const [kind, location] = process.argv.slice(2) as [PersistentKind, string];
const store = await (await backendOf(kind)).open(location);
const filler = randomBytes(VALUE_BYTES);
for (let n = 1; ; n++) {
  const key = number(n % KEYS);
  const value = Buffer.concat([number(n), filler]);
  const batch: StoreWrite[] = (["blobs", "nodes", "snapshots"] as const).map((space) => ({
    kind: "put",
    space,
    key,
    value,
  }));
  batch.push({ kind: "put", space: "meta", key: Buffer.from("n"), value: number(n) });
  store.write(batch);
  if (n === 20) process.send!("writing");
}

function number(n: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(n);
  return bytes;
}
