/**
 * A process that writes batches to a store (backend and location are the arguments) until it is refused, reads once more
 * and says what happened. Started with a limit on the size of files, which fails a write as a full disk does.
 */
import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { HeliosError } from "../errors.ts";
import { backendOf, type PersistentKind } from "./backends.ts";

const VALUE_BYTES = 100_000;

const [kind, location] = process.argv.slice(2) as [PersistentKind, string];
const store = await (await backendOf(kind)).open(location);
let acknowledged = 0;
let refusal: unknown;
while (refusal === undefined && acknowledged < 2000)
  try {
    const n = acknowledged + 1;
    store.write(
      [1, 2, 3].map((part) => ({
        kind: "put",
        space: "blobs",
        key: Buffer.from(`${n} ${part}`),
        value: randomBytes(VALUE_BYTES),
      })),
    );
    acknowledged = n;
  } catch (error) {
    refusal = error;
  }
const readable = store.get("blobs", Buffer.from("1 1"))?.length === VALUE_BYTES;
const code = refusal instanceof HeliosError ? refusal.code : String(refusal);
writeSync(1, JSON.stringify({ acknowledged, code, readable }));
// As after a crash: a store that could not write may not be able to close either.
process.kill(process.pid, "SIGKILL");
