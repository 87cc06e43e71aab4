/**
 * Starts a worker thread that runs a module of ours. It takes the compiled module from Node's compile cache where the
 * program uses one: without, a thread spends 70 ms on compiling what the first thread has compiled already.
 */
import module from "node:module";
import { Worker, type WorkerOptions } from "node:worker_threads";

const START = `
const { workerData } = require("node:worker_threads");
if (workerData.compileCache !== undefined) require("node:module").enableCompileCache(workerData.compileCache);
import(workerData.module);
`;

/** What the module finds as `workerData`. */
export interface ThreadData<T> {
  readonly module: string;
  readonly compileCache: string | undefined;
  readonly data: T;
}

/** Undefined where no thread may be started, as under Node's permission model. */
export function startThread(location: URL, data: unknown, options: WorkerOptions = {}): Worker | undefined {
  const workerData: ThreadData<unknown> = {
    module: location.href,
    compileCache: module.getCompileCacheDir(),
    data,
  };
  try {
    return new Worker(START, { ...options, eval: true, workerData });
  } catch {
    return undefined;
  }
}
