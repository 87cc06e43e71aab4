/** A process that opens an LMDB store (argument 1) for writing, says so or says why not, and stays until killed. */
import { HeliosError } from "../errors.ts";
import { LmdbStore } from "./lmdb-store.ts";

try {
  const store = await LmdbStore.open(process.argv[2]!);
  store.write([
    { kind: "put", space: "refs", key: Buffer.from("pid"), value: Buffer.from(String(process.pid)) },
  ]);
  process.send!("open");
  setInterval(() => {}, 1000);
} catch (error) {
  process.send!(error instanceof HeliosError ? `${error.code} ${error.message}` : String(error));
}
