/**
 * Runs the programs of a page, each in a process and an empty directory of its own: what one leaves running, such as a
 * thread that is still starting, must not find itself in the directory of the next.
 */
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

/** `folder` is where the programs find their packages: it, or one above it, has a `node_modules`. */
export async function runPrograms(programs: readonly PageProgram[], folder: string): Promise<PageRun> {
  const ran: number[] = [];
  for (const { line, source } of programs) {
    const home = join(folder, `line-${line}`);
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "program.ts"), source);
    const { status, stderr } = await runProgram(home);
    if (status !== 0) return { status, ran, stderr: `block of line ${line}: ${stderr}` };
    ran.push(line);
  }
  return { status: 0, ran, stderr: "" };
}

function runProgram(home: string): Promise<{ status: number | null; stderr: string }> {
  const child = spawn(process.execPath, ["program.ts"], { cwd: home, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stderr }));
  });
}
