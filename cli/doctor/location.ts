import { join } from "node:path";
import { type Check, ok, problem, warning } from "./check.ts";
import { nearestDirectory } from "./machine.ts";

export const locationCheck: Check = {
  id: "location",
  title: "store",
  run(machine, { root, exists }) {
    const directory = nearestDirectory(machine, root);
    const facts = { root, exists };
    if (!machine.writable(directory))
      return exists
        ? warning(
            `${root} cannot be written: reading works, commits do not`,
            "check its owner and permissions, and whether its file system is mounted read-only",
            facts,
          )
        : problem(
            `no store can be made at ${root}: ${directory} cannot be written`,
            "choose a directory that you may write to: --store DIR or HELIOS_STORE",
            facts,
          );
    if (!exists) return ok(`${root} (none yet; the first commit makes it)`, facts);
    const isStore = machine.exists(join(root, "format.json"));
    if (!isStore && machine.list(root).length > 0)
      return problem(
        `${root} holds files and is not a Helios store`,
        "name another directory: --store DIR or HELIOS_STORE",
        facts,
      );
    return ok(root, facts);
  },
};
