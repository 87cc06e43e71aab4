/** A process that commits, materializes or restores a directory, and treats signals as the command line does. */
import { Helios } from "../helios.ts";
import { restoreDirectory } from "./restore-directory.ts";
import { rememberScan, scanDirectory } from "./scan.ts";

/** What it is told to do, as JSON in its first argument. */
export interface InterruptedTask {
  readonly do: "commit" | "materialize" | "restore";
  readonly root: string;
  /** Work directory, or output. */
  readonly directory: string;
  readonly snapshot?: string;
  readonly overwrite?: boolean;
  readonly threads?: number;
}

const task = JSON.parse(process.argv[2] ?? "") as InterruptedTask;
const controller = new AbortController();
const { signal } = controller;
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.once(name, () => controller.abort(new Error(`ended by ${name}`)));
const threads = task.threads === undefined ? {} : { threads: task.threads };

const helios = await Helios.open({ root: task.root });
try {
  process.stdout.write(JSON.stringify(await run()));
} catch (error) {
  process.stdout.write(JSON.stringify({ failed: error instanceof Error ? error.message : String(error) }));
  process.exitCode = 2;
} finally {
  await helios.close();
}

async function run(): Promise<unknown> {
  const { root, directory, snapshot = "main" } = task;
  switch (task.do) {
    case "commit": {
      const vst = helios.checkout("main");
      const result = await scanDirectory({ root }, vst, directory, { signal, ...threads });
      const { id } = vst.commit("", { ref: "main", recordId: true });
      rememberScan({ root }, directory, id);
      return { id, ...result };
    }
    case "materialize": {
      const { overwrite = false } = task;
      const id = helios.resolve(snapshot);
      return helios.materialize(id, directory, { signal, overwrite, ...threads });
    }
    case "restore": {
      const disk = helios.checkout("main");
      await scanDirectory({ root }, disk, directory, { signal });
      const states = { disk, saved: helios.checkout("main"), wanted: helios.checkout(snapshot) };
      return restoreDirectory(directory, states, (hash) => helios.readObject(hash), { signal });
    }
  }
}
