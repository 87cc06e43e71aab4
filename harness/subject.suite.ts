/**
 * The law of a subject. Every subject calls this from its test file; what it proves is what makes numbers of
 * different subjects comparable: after the same steps they hold the same paths, modes and contents, and they can
 * return to every state they named.
 *
 * The test functions come in as an argument (`import { describe, test } from "node:test"`), so that the package's
 * door can export the suite without loading a test runner.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "./random.ts";
import { ReferenceSession } from "./reference-session.ts";
import type { DurabilityClass, Edit, FileMode, Session, StateId, Subject } from "./subject.ts";
import type { TestFunctions } from "./test-functions.ts";

const put = (path: string, content: string | Uint8Array, mode: FileMode = "file"): Edit => ({
  kind: "put",
  path,
  bytes: Buffer.from(content),
  mode,
});
const remove = (path: string): Edit => ({ kind: "delete", path });

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, i) => i);
const BASE: readonly Edit[] = [
  put("readme.md", "# hello\n"),
  put("src/a.ts", "export const a = 1;\n"),
  put("src/deep/er/b.ts", "export const b = 2;\n"),
  put("bin/run", "#!/bin/sh\nexit 0\n", "executable"),
  put("link", "src/a.ts", "symlink"),
  put("dangling", "no/such/file", "symlink"),
  put("données/größe 大小.txt", "naïve\n"),
  put(" leading and trailing ", "spaces\n"),
  put('quote"back\\slash\ttab', "awkward\n"),
  put("empty", ""),
  put("bytes.bin", EVERY_BYTE),
];

/** Registers the suite for every durability class the subject declares. */
export function subjectSuite(subject: Subject, { describe, test }: TestFunctions): void {
  describe(`subject ${subject.id}`, () => {
    test("has an id that can be part of a file name", () => {
      assert.match(subject.id, /^[a-z0-9][a-z0-9-]*$/);
      assert.ok(subject.durabilityClasses.length > 0);
    });

    test("is available and says its version", async () => {
      const availability = await subject.availability();
      assert.equal(availability.kind, "available");
      assert.ok(availability.kind === "available" && availability.version.length > 0);
    });

    for (const durability of subject.durabilityClasses) {
      describe(`in class ${durability}`, () => laws(subject, durability, test));
    }
  });
}

function laws(subject: Subject, durability: DurabilityClass, test: TestFunctions["test"]): void {
  const law = (name: string, body: (pair: Pair) => Promise<void>): void => {
    test(name, async () => {
      const directory = mkdtempSync(join(tmpdir(), `helios-suite-${subject.id}-`));
      try {
        const session = await subject.open({ directory, durability });
        const pair = new Pair(session);
        await body(pair);
        await session.close();
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    });
  };

  law("the base is there after loading: contents, modes, symlinks, awkward names", async (pair) => {
    await pair.load(BASE);
    await pair.assertEqual();
  });

  law("an empty base can be loaded and worked on", async (pair) => {
    await pair.load([]);
    await pair.assertEqual();
    await pair.step([put("first", "1")]);
    await pair.assertEqual();
  });

  law("a commit keeps changed, added and deleted paths", async (pair) => {
    await pair.load(BASE);
    await pair.step([
      put("src/a.ts", "export const a = 2;\n"),
      put("src/new/c.ts", "c\n"),
      remove("readme.md"),
    ]);
    await pair.assertEqual();
  });

  law("checkout returns to the base and to every earlier state", async (pair) => {
    const states = [await pair.load(BASE)];
    states.push(await pair.step([put("src/a.ts", "one\n")]));
    states.push(await pair.step([remove("src/deep/er/b.ts"), put("added", "two\n")]));
    states.push(await pair.step([put("src/a.ts", "three\n"), remove("added")]));
    for (const i of [0, 3, 1, 2, 0]) {
      await pair.checkout(i);
      await pair.assertEqual();
    }
    assert.equal(new Set(states).size, states.length, "different states have different names");
  });

  law("a branch from an earlier state does not disturb its siblings", async (pair) => {
    await pair.load(BASE);
    await pair.step([put("src/a.ts", "left\n")]);
    await pair.checkout(0);
    await pair.step([put("src/a.ts", "right\n"), put("right", "only here\n")]);
    for (const i of [1, 2, 1]) {
      await pair.checkout(i);
      await pair.assertEqual();
    }
  });

  law("modes change and are returned to: file, executable, symlink", async (pair) => {
    await pair.load(BASE);
    await pair.step([put("src/a.ts", "export const a = 1;\n", "executable"), put("bin/run", "plain now\n")]);
    await pair.step([put("link", "a file now\n"), put("readme.md", "src/a.ts", "symlink")]);
    await pair.assertEqual();
    for (const i of [0, 2, 1]) {
      await pair.checkout(i);
      await pair.assertEqual();
    }
  });

  law("a file becomes a directory and a directory a file, deletes first", async (pair) => {
    await pair.load(BASE);
    await pair.step([remove("readme.md"), put("readme.md/inside", "x\n")]);
    await pair.step([remove("src/deep/er/b.ts"), put("src/deep", "y\n")]);
    await pair.assertEqual();
    for (const i of [0, 2, 1, 2]) {
      await pair.checkout(i);
      await pair.assertEqual();
    }
  });

  law("a directory becomes a symlink and a symlink a directory, deletes first", async (pair) => {
    await pair.load(BASE);
    await pair.step([remove("src/deep/er/b.ts"), put("src/deep", "../bin", "symlink")]);
    await pair.step([remove("src/deep"), put("src/deep/er/b.ts", "back\n")]);
    for (const i of [0, 1, 2, 1]) {
      await pair.checkout(i);
      await pair.assertEqual();
    }
  });

  law("a commit without changes is a commit", async (pair) => {
    await pair.load(BASE);
    await pair.step([]);
    await pair.step([put("src/a.ts", "export const a = 1;\n")]);
    await pair.assertEqual();
    await pair.checkout(1);
    await pair.assertEqual();
  });

  law("contents of the same length written quickly one after the other are all kept", async (pair) => {
    await pair.load(BASE);
    for (const digit of "12345") await pair.step([put("src/a.ts", `export const a = ${digit};\n`)]);
    for (const i of [1, 5, 3, 2, 4]) {
      await pair.checkout(i);
      await pair.assertEqual();
    }
  });

  law("settling changes nothing that can be seen", async (pair) => {
    await pair.load(BASE);
    await pair.step([put("src/a.ts", "settled\n")]);
    await pair.session.settle();
    await pair.assertEqual();
    await pair.step([put("src/a.ts", "and on\n")]);
    await pair.checkout(1);
    await pair.assertEqual();
  });

  test("a base that was kept for the next run is the base, and nothing of the run before", async () => {
    const root = mkdtempSync(join(tmpdir(), `helios-suite-${subject.id}-`));
    try {
      for (const run of ["0", "1", "2"]) {
        const directory = join(root, run);
        mkdirSync(directory);
        const session = await subject.open({ directory, durability, baseCache: join(root, "cache") });
        const pair = new Pair(session);
        await pair.load(BASE);
        await pair.assertEqual();
        await pair.step([put("src/a.ts", `run ${run}\n`), put(`only/in/${run}`, "x\n"), remove("readme.md")]);
        await pair.checkout(0);
        await pair.assertEqual();
        await pair.step([put("branch", "y\n"), remove("link")]);
        await pair.assertEqual();
        await session.apply([put("never committed", "z\n"), put("readme.md", "changed\n")]);
        await session.close();
      }
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  law("random edits and returns give what a map gives", async (pair) => {
    const random = new Random(1, "subject suite");
    await pair.load(BASE);
    for (let i = 0; i < 12; i++) {
      const edits = Array.from({ length: 1 + random.below(4) }, () => {
        const path = `r/${random.below(3)}/${random.below(6)}`;
        return pair.reference.read(path) !== undefined && random.below(3) === 0
          ? remove(path)
          : put(path, `${random.uint32()}\n`, random.pick<FileMode>(["file", "executable"]));
      });
      await pair.step([...new Map(edits.map((edit) => [edit.path, edit])).values()]);
      if (random.below(3) === 0) await pair.checkout(random.below(pair.states));
      await pair.assertEqual();
    }
  });
}

/** The subject and the reference, doing the same things. State 0 is the base. */
class Pair {
  readonly session: Session;
  readonly reference = new ReferenceSession();
  readonly #states: { subject: StateId; reference: StateId }[] = [];
  readonly #everSeen = new Set<string>();

  constructor(session: Session) {
    this.session = session;
  }

  get states(): number {
    return this.#states.length;
  }

  async load(base: readonly Edit[]): Promise<StateId> {
    const subject = await this.session.load(base);
    this.#states.push({ subject, reference: this.reference.load(base) });
    this.#see(base);
    return subject;
  }

  async step(edits: readonly Edit[]): Promise<StateId> {
    await this.session.apply(edits);
    this.reference.apply(edits);
    const subject = await this.session.commit(`state ${this.#states.length}`);
    assert.ok(subject.length > 0, "a state has a name");
    this.#states.push({ subject, reference: this.reference.commit() });
    this.#see(edits);
    return subject;
  }

  async checkout(index: number): Promise<void> {
    const state = this.#states[index];
    assert.ok(state);
    await this.session.checkout(state.subject);
    this.reference.checkout(state.reference);
  }

  /** Every path ever written is looked at, so a path that should be gone is noticed too. */
  async assertEqual(): Promise<void> {
    assert.equal(await this.session.count(), this.reference.count(), "number of paths");
    for (const path of this.#everSeen) {
      const bytes = await this.session.read(path);
      const expected = this.reference.read(path);
      assert.deepEqual(bytes && Buffer.from(bytes), expected && Buffer.from(expected), `content of ${path}`);
      assert.equal(await this.session.mode(path), this.reference.mode(path), `mode of ${path}`);
    }
  }

  #see(edits: readonly Edit[]): void {
    for (const { path } of edits) this.#everSeen.add(path);
  }
}
