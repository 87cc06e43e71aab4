/**
 * Commits a forest whose three trees have changed, and kills itself (SIGKILL) in or after one of the write calls.
 *
 *     node crash-writer.fixture.ts <store> <number of the write call> <bytes of it: 0, "half" or "all">
 */
import { Helios } from "../index.ts";
import { interceptWrites } from "../safety/failing-fs.fixture.ts";

/** What the second forest has; the first has "1" everywhere, and `docs/gone`. */
export const SECOND: Readonly<Record<string, string>> = { "docs/a": "2", "lib/a": "2", "src/a": "2" };

if (process.argv[1] === import.meta.filename) {
  const [root, at, share] = process.argv.slice(2) as [string, string, string];
  const helios = await Helios.open({ root });
  const forest = helios.forest("main");
  for (const [path, content] of Object.entries(SECOND)) forest.write(path, content);
  forest.delete("docs/gone");
  let writes = 0;
  interceptWrites(({ call, proceed }) => {
    if (call !== "writeSync" || ++writes < Number(at)) return proceed();
    if (share === "all") proceed();
    else if (share === "half") proceed(20);
    process.kill(process.pid, "SIGKILL");
    // The signal may take a moment: nothing may follow.
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
  forest.commit("second");
  process.stdout.write("acknowledged");
}
