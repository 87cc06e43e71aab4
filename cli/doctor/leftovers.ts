/** Temporary files and directories whose maker is gone: a killed process cannot remove its own. */
import { basename, dirname, join } from "node:path";
import { showPath } from "../show.ts";
import { type Check, ok, warning } from "./check.ts";
import type { Machine } from "./machine.ts";

const SHOWN = 5;
/** Names hold the process that made it: a draft, staged output, a reader's view (`<machine>_<process>_<start>_<random>`). */
const withPid =
  /^(?:format\.json\.(\d+)|\..*helios-(\d+)-[0-9a-z]+|\.helios-doctor-(\d+)|[A-Za-z0-9.]*_(\d+)_\d+_[0-9a-f]{8})$/;
/** Drafts that are renamed when complete; only a writer makes them, so one without a writer is left over. */
const draft = /\.tmp$/;

export const leftoversCheck: Check = {
  id: "leftovers",
  title: "temporary files",
  run(machine, { root }) {
    const writer = pidOfWriter(machine, root);
    const found = [...candidates(machine, root)].filter((path) => isLeftOver(machine, path, writer));
    if (found.length === 0) return ok("none left over");
    const shown = found.slice(0, SHOWN).map(showPath).join(", ");
    const more = found.length > SHOWN ? ` and ${found.length - SHOWN} more` : "";
    return warning(
      `left over from processes that were killed: ${shown}${more}`,
      "remove them: no snapshot and no running process needs them",
      { leftovers: found.length },
    );
  },
};

/** The store, its folders, and the folder that holds it, where materialize stages its output. */
function* candidates(machine: Machine, root: string): Generator<string> {
  for (const name of machine.list(dirname(root))) if (name.startsWith(".")) yield join(dirname(root), name);
  for (const name of machine.list(root)) {
    yield join(root, name);
    if (folders.has(name)) for (const inner of machine.list(join(root, name))) yield join(root, name, inner);
  }
}

const folders = new Set(["stat-cache", "readers"]);

function isLeftOver(machine: Machine, path: string, writer: number | undefined): boolean {
  const name = basename(path);
  const pid = withPid.exec(name)?.slice(1).find(Boolean);
  if (pid !== undefined) return !machine.alive(Number(pid));
  return draft.test(name) && (writer === undefined || !machine.alive(writer));
}

function pidOfWriter(machine: Machine, root: string): number | undefined {
  const pid = /"pid":\s*(\d+)/.exec(machine.readText(join(root, "writer.json")) ?? "")?.[1];
  return pid === undefined ? undefined : Number(pid);
}
