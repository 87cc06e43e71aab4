/** Directories for targets that read files: one each, removed when the process ends. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let home: string | undefined;

export function scratchDirectory(name: string): string {
  if (home === undefined) {
    const made = mkdtempSync(join(tmpdir(), "helios-fuzz-"));
    home = made;
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  }
  const directory = join(home, name);
  mkdirSync(directory, { recursive: true });
  return directory;
}
