/** Runs the programs of a page in one process, each in an empty directory of its own. */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PageProgram } from "./readme-programs.ts";

export interface PageRun {
  readonly status: number | null;
  /** Lines of the blocks that ran to their end. */
  readonly ran: readonly number[];
  readonly stderr: string;
}

const DONE = "ran the block of line ";

/** `folder` is where the programs find their packages: it, or one above it, has a `node_modules`. */
export function runPrograms(programs: readonly PageProgram[], folder: string): Promise<PageRun> {
  const names = programs.map(({ line, source }) => {
    const home = join(folder, `line-${line}`);
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "program.ts"), source);
    return line;
  });
  const runner = `
    for (const line of ${JSON.stringify(names)}) {
      process.chdir(${JSON.stringify(folder)} + "/line-" + line);
      await import(${JSON.stringify(folder)} + "/line-" + line + "/program.ts");
      process.stderr.write(${JSON.stringify(DONE)} + line + "\\n");
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", runner], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => {
      const ran = [...stderr.matchAll(new RegExp(`^${DONE}(\\d+)$`, "gm"))].map(([, line]) => Number(line));
      resolve({ status, ran, stderr });
    });
  });
}
