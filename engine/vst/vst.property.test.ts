/** A store is a set of maps with history: whatever a program does, it finds what a plain model says. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { Helios, type SnapshotId, type Vst } from "../index.ts";

type Model = Map<string, string>;
interface Branch {
  vst: Vst;
  model: Model;
}

const path = fc.constantFrom("a", "b/c", "b/d", "e/f/g", "é", "z0", "z1", "z2");
const content = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.nat(9).map((n) => `${"a shared beginning ".repeat(8)}${n}${" a shared end".repeat(8)}`),
);
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("write" as const), branch: fc.nat(), path, content }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), branch: fc.nat(), path }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("commit" as const), branch: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("fork" as const), branch: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("restore" as const), branch: fc.nat(), state: fc.nat() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("checkpoint" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reopen" as const) }) },
);

function assertEqual(vst: Vst, model: Model): void {
  assert.deepEqual(
    vst.list().map(({ path: at }) => at),
    [...model.keys()].sort((a, b) => Buffer.from(a).compare(Buffer.from(b))),
  );
  for (const [at, expected] of model) assert.equal(Buffer.from(vst.read(at)!).toString(), expected);
}

test("any mixture of edits, forks, commits, restores, checkpoints and reopenings", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 60, size: "max" }),
      fc.constantFrom(0, 2000, 1_000_000),
      async (actions, capacityBytes) => {
        const root = mkdtempSync(join(tmpdir(), "helios-property-"));
        const options = { root, l1: { capacityBytes } };
        let helios = await Helios.open(options);
        try {
          const states: { id: SnapshotId; model: Model }[] = [];
          let branches: Branch[] = [{ vst: helios.vst(), model: new Map() }];
          for (const step of actions) {
            const branch = "branch" in step ? branches[step.branch % branches.length]! : branches[0]!;
            if (step.do === "write") {
              branch.vst.write(step.path, step.content);
              branch.model.set(step.path, step.content);
            } else if (step.do === "delete") {
              assert.equal(branch.vst.delete(step.path), branch.model.delete(step.path));
            } else if (step.do === "commit") {
              states.push({ id: branch.vst.commit().id, model: new Map(branch.model) });
            } else if (step.do === "fork") {
              branches.push({ vst: branch.vst.fork(), model: new Map(branch.model) });
            } else if (step.do === "restore" && states.length > 0) {
              const state = states[step.state % states.length]!;
              branch.vst.restore(state.id);
              branch.model = new Map(state.model);
            } else if (step.do === "checkpoint") {
              await helios.checkpoint();
            } else if (step.do === "reopen") {
              await helios.close();
              helios = await Helios.open(options);
              branches = [{ vst: helios.vst(), model: new Map() }];
            }
          }
          for (const { vst, model } of branches) assertEqual(vst, model);
          for (const { id, model } of states) assertEqual(helios.checkout(id), model);
        } finally {
          await helios.close();
          rmSync(root, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: 30 },
  );
});
