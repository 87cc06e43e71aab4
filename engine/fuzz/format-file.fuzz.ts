import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFormat } from "../store/format.ts";
import { scratchDirectory } from "./scratch.fuzz.ts";
import { type FuzzTarget, unlessRefused } from "./target.fuzz.ts";

const format = {
  format: "helios-store/1",
  uuid: "00000000-0000-4000-8000-000000000000",
  l2: "rocksdb",
  createdAt: "2026-01-01T00:00:00.000Z",
};

/** format.json of a store: what makes it one. */
export const formatFileTarget: FuzzTarget = {
  name: "format-file",
  generate: (random) =>
    Buffer.from(JSON.stringify(random.chance(0.3) ? { ...format, format: "helios-store/2" } : format)),
  check(input) {
    const root = scratchDirectory("format-file");
    writeFileSync(join(root, "format.json"), input);
    const read = unlessRefused(() => readFormat(root), ["STORE_CORRUPT", "STORE_FORMAT"]);
    if (read !== undefined && (read.format !== format.format || typeof read.uuid !== "string"))
      throw new Error(`taken for a store: ${JSON.stringify(read)}`);
  },
};
