/** A process that opens the store at argument 1 for reading and for writing, and says what came of it. */
import { writeSync } from "node:fs";
import { HeliosError } from "../errors.ts";
import { Helios } from "../helios.ts";

const root = process.argv[2]!;
const reader = await Helios.open({ root, readOnly: true });
const content = Buffer.from(reader.read(reader.resolve("main"), "a")!).toString();
await reader.close();
const code = await Helios.open({ root }).then(
  () => "opened",
  (error: unknown) => (error instanceof HeliosError ? error.code : String(error)),
);
writeSync(1, JSON.stringify({ content, code }));
process.exit();
