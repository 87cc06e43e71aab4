/**
 * Many tasks on one store, in every order that a scheduler of fast-check chooses: between any two steps of a task,
 * steps of others run. Each run is compared with a model that holds whole states in maps, so a torn read, a lost update
 * of a ref or a write that shows through to another fork is a difference.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Helios, HeliosError } from "../index.ts";

const REFS = ["main", "side"] as const;
const PATHS = ["a", "b", "dir/c"] as const;

type Step =
  | { readonly kind: "checkout"; readonly ref: (typeof REFS)[number] }
  | { readonly kind: "write"; readonly path: (typeof PATHS)[number]; readonly value: number }
  | { readonly kind: "delete"; readonly path: (typeof PATHS)[number] }
  | { readonly kind: "read"; readonly path: (typeof PATHS)[number] }
  | { readonly kind: "commit" }
  | { readonly kind: "fork" };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("checkout" as const), ref: fc.constantFrom(...REFS) }),
  fc.record({ kind: fc.constant("write" as const), path: fc.constantFrom(...PATHS), value: fc.nat(9) }),
  fc.record({ kind: fc.constant("delete" as const), path: fc.constantFrom(...PATHS) }),
  fc.record({ kind: fc.constant("read" as const), path: fc.constantFrom(...PATHS) }),
  fc.record({ kind: fc.constant("commit" as const) }),
  fc.record({ kind: fc.constant("fork" as const) }),
);

type State = ReadonlyMap<string, string>;

/** What the store should be: per ref its state and how often it moved, and what each task has in hand. */
class Model {
  readonly refs = new Map<string, { state: State; version: number }>();

  checkout(ref: string): ModelSet {
    const at = this.refs.get(ref);
    return { ref, version: at?.version ?? 0, state: new Map(at?.state) };
  }

  /** False where somebody else moved the ref. */
  commit(set: ModelSet): boolean {
    if (set.ref === undefined) return true;
    const current = this.refs.get(set.ref)?.version ?? 0;
    if (current !== 0 && current !== set.version) return false;
    set.version = this.#next();
    this.refs.set(set.ref, { state: new Map(set.state), version: set.version });
    return true;
  }

  #versions = 0;
  #next(): number {
    return ++this.#versions;
  }
}

interface ModelSet {
  ref: string | undefined;
  version: number;
  state: Map<string, string>;
}

async function openStore(): Promise<Helios> {
  const helios = await Helios.open({ root: "", l2: "memory" });
  // Both refs exist, so that checking one out follows it.
  helios.vst().commit("base", { ref: "main" });
  helios.vst().commit("base", { ref: "side" });
  return helios;
}

async function runTask(
  helios: Helios,
  model: Model,
  steps: readonly Step[],
  pause: () => Promise<void>,
): Promise<void> {
  let vst = helios.checkout("main");
  let set = model.checkout("main");
  for (const step of steps) {
    await pause();
    switch (step.kind) {
      case "checkout":
        vst = helios.checkout(step.ref);
        set = model.checkout(step.ref);
        break;
      case "write":
        vst.write(step.path, `value ${step.value}`);
        set.state.set(step.path, `value ${step.value}`);
        break;
      case "delete":
        assert.equal(vst.delete(step.path), set.state.delete(step.path));
        break;
      case "read": {
        const bytes = vst.read(step.path);
        assert.equal(bytes && Buffer.from(bytes).toString(), set.state.get(step.path));
        break;
      }
      case "fork":
        vst = vst.fork();
        set = { ref: undefined, version: set.version, state: new Map(set.state) };
        break;
      case "commit": {
        let moved = true;
        try {
          vst.commit();
        } catch (error) {
          assert.ok(error instanceof HeliosError && error.code === "REF_MOVED", String(error));
          moved = false;
        }
        assert.equal(moved, model.commit(set), "a ref moves exactly when nobody else has moved it");
      }
    }
    assert.deepEqual(
      stateOf(vst.list(), (path) => vst.read(path)!),
      set.state,
    );
  }
}

function stateOf(entries: readonly { path: string }[], read: (path: string) => Uint8Array): State {
  return new Map(entries.map(({ path }) => [path, Buffer.from(read(path)).toString()]));
}

test("tasks on one store see and do what the model says, however their steps interleave", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.array(anyStep, { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 5 }),
      async (scheduler, tasks) => {
        const helios = await openStore();
        const model = new Model();
        for (const ref of REFS) model.commit({ ref, version: 0, state: new Map() });
        const pause = () => scheduler.schedule(Promise.resolve());
        await scheduler.waitFor(Promise.all(tasks.map((steps) => runTask(helios, model, steps, pause))));
        for (const { name, snapshot } of helios.refs())
          assert.deepEqual(
            stateOf(helios.list(snapshot), (path) => helios.read(snapshot, path)!),
            model.refs.get(name)?.state,
            name,
          );
        await helios.close();
      },
    ),
    { numRuns: 150 },
  );
});

/** Reads a counter and its copy, waits, and writes both one higher; again from the start when the ref has moved. */
async function increment(helios: Helios, pause: () => Promise<void>): Promise<void> {
  for (;;) {
    await pause();
    const vst = helios.checkout("main");
    const [counter, copy] = ["counter", "copy"].map((path) => Number(vst.read(path) ?? 0));
    assert.equal(counter, copy, "a state is whole");
    vst.write("counter", String(counter! + 1));
    await pause();
    vst.write("copy", String(counter! + 1));
    await pause();
    try {
      vst.commit(`${counter! + 1}`);
      return;
    } catch (error) {
      if (!(error instanceof HeliosError) || error.code !== "REF_MOVED") throw error;
    }
  }
}

test("no update is lost: as many increments as were made, each seen by the next", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 6 }), async (scheduler, tasks) => {
      const helios = await Helios.open({ root: "", l2: "memory" });
      helios.checkout("main").commit("0");
      const pause = () => scheduler.schedule(Promise.resolve());
      await scheduler.waitFor(Promise.all(Array.from({ length: tasks }, () => increment(helios, pause))));
      assert.deepEqual(
        helios.log().map(({ message }) => message),
        Array.from({ length: tasks + 1 }, (_, i) => String(tasks - i)),
      );
      await helios.close();
    }),
    { numRuns: 150 },
  );
});
