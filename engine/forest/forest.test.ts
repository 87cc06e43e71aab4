import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Helios, HeliosError, type HeliosErrorCode } from "../index.ts";
import type { Forest } from "./forest.ts";

async function withStore(use: (helios: Helios) => void | Promise<void>): Promise<void> {
  const helios = await Helios.open({ root: "", l2: "memory" });
  try {
    await use(helios);
  } finally {
    await helios.close();
  }
}

const text = (forest: Pick<Forest, "read">, path: string) => {
  const bytes = forest.read(path);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
};
const paths = (entries: Iterable<{ readonly path: string }>) => Array.from(entries, ({ path }) => path);
const refuses = (code: HeliosErrorCode, action: () => unknown) =>
  assert.throws(action, (error) => error instanceof HeliosError && error.code === code);

function sample(helios: Helios, target?: string): Forest {
  const forest = helios.forest(target);
  for (const path of ["src/a.ts", "README.md", "docs/x/y.md", "src/b.ts", "LICENSE"])
    forest.write(path, path);
  return forest;
}

test("paths are divided by top-level name, files at the top stand together, and all are read as one", () =>
  withStore((helios) => {
    const forest = sample(helios, "main");
    assert.deepEqual(forest.trees, ["*", "docs", "src"]);
    assert.deepEqual(paths(forest.list()), ["LICENSE", "README.md", "docs/x/y.md", "src/a.ts", "src/b.ts"]);
    assert.deepEqual(paths(forest.list("src/")), ["src/a.ts", "src/b.ts"]);
    assert.deepEqual(paths(forest.range({ gte: "R", reverse: true, limit: 3 })), [
      "src/b.ts",
      "src/a.ts",
      "docs/x/y.md",
    ]);
    assert.deepEqual([forest.size, forest.count("d"), forest.count()], [5, 1, 5]);
    assert.equal(text(forest, "docs/x/y.md"), "docs/x/y.md");
    assert.equal(forest.entry("src/a.ts")?.sizeBytes, 8);
    assert.deepEqual(
      [forest.has("src"), forest.read("nowhere/x"), forest.delete("nowhere/x")],
      [false, undefined, false],
    );
    assert.ok(forest.delete("docs/x/y.md"));
    assert.deepEqual(forest.trees, ["*", "src"]);
  }));

test("a commit moves one ref to all trees at once, and names each by the snapshot it is anywhere", () =>
  withStore((helios) => {
    const forest = sample(helios, "main");
    const first = forest.commit("first");
    assert.deepEqual([...first.trees.keys()], ["*", "docs", "src"]);
    const plain = helios.vst();
    for (const path of ["src/a.ts", "src/b.ts"]) plain.write(path, path);
    assert.equal(first.trees.get("src"), plain.commit().id, "a tree is an ordinary state");
    assert.equal(helios.resolve("main"), first.id, "and the catalogue another");
    assert.deepEqual(first.metrics.changedPaths, 5);
    forest.write("src/a.ts", "new");
    const second = forest.commit("second");
    assert.equal(second.trees.get("docs"), first.trees.get("docs"));
    assert.notEqual(second.trees.get("src"), first.trees.get("src"));
    const [newest] = helios.log("main");
    assert.equal(newest!.parents.length, 2, "the forest before, and the one tree that changed");
    assert.deepEqual(
      helios.log("main").map(({ message }) => message),
      ["second", "first", "a forest begins"],
    );
    assert.equal(helios.forest(first).read("src/a.ts")?.toString(), "src/a.ts");
    assert.equal(text(helios.forest(second.id), "src/a.ts"), "new");
  }));

test("a change that is taken back leaves a tree as it was, and an empty tree leaves the forest", () =>
  withStore((helios) => {
    const forest = sample(helios, "main");
    const first = forest.commit();
    forest.write("src/a.ts", "new");
    forest.write("src/a.ts", "src/a.ts");
    assert.deepEqual(forest.changedTrees(), []);
    const again = forest.commit();
    assert.equal(again.id, first.id);
    assert.equal(helios.log("main")[0]!.parents.length, 1, "no tree was recorded");
    forest.delete("docs/x/y.md");
    assert.deepEqual(forest.changedTrees(), ["docs"]);
    assert.deepEqual([...forest.commit().trees.keys()], ["*", "src"]);
    forest.write("docs/x/y.md", "docs/x/y.md");
    assert.equal(forest.commit().id, first.id);
  }));

test("a path cannot be a file in one tree and a directory in another", () =>
  withStore((helios) => {
    const forest = helios.forest();
    forest.write("a", "file");
    refuses("PATH_CONFLICT", () => forest.write("a/b", "below it"));
    forest.write("c/d", "file");
    refuses("PATH_CONFLICT", () => forest.write("c", "above it"));
    refuses("PATH_CONFLICT", () => forest.write("c/d/e", "in one tree"));
    forest.delete("a");
    forest.write("a/b", "below nothing");
    assert.deepEqual(paths(forest.list()), ["a/b", "c/d"]);
    const ruled = helios.forest(undefined, { trees: { img: ["a/img/"], rest: ["*"], one: ["p"] } });
    ruled.write("a/img/1", "1");
    refuses("PATH_CONFLICT", () => ruled.write("a", "above it"));
    refuses("PATH_CONFLICT", () => ruled.write("a/img", "above it"));
    ruled.write("p", "file");
    refuses("PATH_CONFLICT", () => ruled.write("p/q", "below it"));
    ruled.write("z/y", "file");
    refuses("PATH_CONFLICT", () => ruled.write("z", "in one tree"));
  }));

test("rules give trees their paths, the longest decides, and the forest keeps them", () =>
  withStore((helios) => {
    const trees = { rest: ["*"], assets: ["media/", "assets/"], code: ["assets/gen/", "package.json"] };
    const forest = helios.forest("main", { trees });
    for (const path of [
      "assets/a",
      "assets/gen/b",
      "media/c",
      "package.json",
      "package.json5",
      "x/package.json",
    ])
      forest.write(path, path);
    const { id } = forest.commit();
    assert.deepEqual(paths(forest.tree("assets").list()), ["assets/a", "media/c"]);
    assert.deepEqual(paths(forest.tree("code").list()), ["assets/gen/b", "package.json"]);
    assert.deepEqual(paths(forest.tree("rest").list()), ["package.json5", "x/package.json"]);
    assert.deepEqual(helios.forest("main").trees, ["assets", "code", "rest"], "without being told again");
    const sameRules = { code: ["package.json", "assets/gen/"], assets: ["assets/", "media/"], rest: ["*"] };
    assert.equal(helios.forest(id, { trees: sameRules }).identify(), id, "their order does not matter");
    refuses("PARTITION_INVALID", () => helios.forest("main", { trees: { all: ["*"] } }));
    const noRest = helios.forest(undefined, { trees: { assets: ["assets/"] } });
    refuses("TREE_UNKNOWN", () => noRest.write("src/a", "no tree takes it"));
    assert.deepEqual([noRest.read("src/a"), noRest.delete("src/a")], [undefined, false]);
  }));

test("rules that are none are refused, each for what it is", () =>
  withStore((helios) => {
    for (const trees of [
      {},
      { a: [] },
      { a: ["x/"], b: ["x/"] },
      { a: ["*"], b: ["*"] },
      { "a/b": ["x/"] },
      { "..": ["x/"] },
      { a: ["/x"] },
      { a: ["../x/"] },
      { a: ["x//"] },
      { a: [""] },
    ] as Record<string, string[]>[])
      refuses("PARTITION_INVALID", () => helios.forest(undefined, { trees }));
  }));

test("a tree is seen and written through its name; other names are refused", () =>
  withStore((helios) => {
    const forest = sample(helios);
    const src = forest.tree("src");
    src.write("src/c.ts", "new");
    assert.equal(text(forest, "src/c.ts"), "new");
    assert.deepEqual(paths(src.range({ gt: "src/a.ts" })), ["src/b.ts", "src/c.ts"]);
    assert.deepEqual(
      [src.size, src.count("src/a"), src.has("src/a.ts"), src.has("docs/x/y.md")],
      [3, 1, true, false],
    );
    refuses("TREE_UNKNOWN", () => src.write("docs/a", "of another tree"));
    assert.ok(src.delete("src/c.ts"));
    assert.equal(src.identify(), forest.commit().trees.get("src"));
    const none = forest.tree("none");
    assert.deepEqual(
      [none.size, none.list(), none.identify(), none.read("none/x")],
      [0, [], undefined, undefined],
    );
    none.write("none/x", "1");
    assert.ok(forest.trees.includes("none"));
    for (const name of ["a/b", "", "..", "a\0"]) refuses("TREE_UNKNOWN", () => forest.tree(name));
    refuses("TREE_UNKNOWN", () => helios.forest(undefined, { trees: { a: ["*"] } }).tree("b"));
    const set = src.fork();
    set.write("anything", "else");
    assert.equal(forest.has("anything"), false);
  }));

test("forks are independent, also of what was not committed, and their commits move no ref", () =>
  withStore((helios) => {
    const forest = sample(helios, "main");
    const first = forest.commit();
    forest.write("src/a.ts", "pending");
    const fork = forest.fork();
    assert.equal(text(fork, "src/a.ts"), "pending");
    fork.write("docs/new.md", "fork");
    forest.write("src/a.ts", "mine");
    assert.deepEqual(
      [text(fork, "src/a.ts"), forest.has("docs/new.md"), fork.ref],
      ["pending", false, undefined],
    );
    const forked = fork.commit("of the fork");
    assert.equal(helios.resolve("main"), first.id);
    assert.equal(text(helios.forest(forked.id), "docs/new.md"), "fork");
    assert.equal(text(helios.forest(forest.commit().id), "src/a.ts"), "mine");
    fork.commit("named", { ref: "kept" });
    assert.equal(helios.forest("kept").ref, "kept");
  }));

test("two forests of one ref: the second is refused, without a trace, and can go on elsewhere", () =>
  withStore((helios) => {
    sample(helios, "main").commit();
    const [one, two] = [helios.forest("main"), helios.forest("main")];
    one.write("src/a.ts", "1");
    two.write("docs/x/y.md", "2");
    const won = one.commit();
    refuses("REF_MOVED", () => two.commit());
    assert.equal(helios.log("main")[0]!.commit, won.commit);
    assert.equal(Number(two.commit("", { ref: "other" }).commit.slice(1)), Number(won.commit.slice(1)) + 2);
    refuses("REF_INVALID", () => two.commit("", { ref: "no name" }));
  }));

test("restoring drops what was not committed and follows the ref again", () =>
  withStore((helios) => {
    const forest = sample(helios, "main");
    const first = forest.commit();
    forest.write("src/a.ts", "second");
    const second = forest.commit();
    forest.write("docs/z", "pending");
    forest.restore(first);
    assert.deepEqual(
      [text(forest, "src/a.ts"), forest.has("docs/z"), forest.ref],
      ["src/a.ts", false, undefined],
    );
    forest.restore("main");
    assert.deepEqual(
      [text(forest, "src/a.ts"), forest.ref, forest.identify()],
      ["second", "main", second.id],
    );
    assert.deepEqual(forest.changes(), []);
  }));

test("a diff names the trees that differ, then their paths, and looks into no other", () =>
  withStore((helios) => {
    const forest = sample(helios);
    const before = forest.fork();
    forest.write("src/a.ts", "new");
    forest.write("lib/z", "z");
    forest.delete("docs/x/y.md");
    const { trees, changes } = before.diff(forest);
    assert.deepEqual(
      trees.map(({ name, kind }) => `${kind} ${name}`),
      ["deleted docs", "added lib", "modified src"],
    );
    assert.deepEqual(
      changes.map(({ path, kind }) => `${kind} ${path}`),
      ["deleted docs/x/y.md", "added lib/z", "modified src/a.ts"],
    );
    assert.deepEqual(forest.diff(forest.fork()), { trees: [], changes: [] });
  }));

test("a path that goes from one tree to another, by being moved or by other rules", () =>
  withStore((helios) => {
    const forest = helios.forest("main");
    forest.write("src/logo", "logo");
    forest.commit();
    forest.write("assets/logo", "logo");
    forest.delete("src/logo");
    const moved = forest.commit("moved");
    assert.deepEqual([...moved.trees.keys()], ["assets"]);
    assert.deepEqual(paths(helios.forest("main").list()), ["assets/logo"]);
    // The same paths in other trees: nothing differs but the trees.
    const ruled = helios.forest(undefined, { trees: { all: ["*"] } });
    ruled.write("assets/logo", "logo");
    ruled.write("assets/more", "more");
    const { trees, changes } = forest.diff(ruled);
    assert.deepEqual(
      trees.map(({ name }) => name),
      ["all", "assets"],
    );
    assert.deepEqual(
      changes.map(({ path, kind }) => `${kind} ${path}`),
      ["added assets/more"],
    );
    ruled.write("assets/logo", "other");
    ruled.delete("assets/more");
    assert.deepEqual(
      forest.diff(ruled).changes.map(({ path, kind }) => `${kind} ${path}`),
      ["modified assets/logo"],
    );
  }));

test("what is no forest is not taken for one", () =>
  withStore((helios) => {
    const plain = helios.checkout("main");
    plain.write("a", "1");
    plain.commit();
    refuses("FOREST_INVALID", () => helios.forest("main"));
    refuses("SNAPSHOT_UNKNOWN", () => helios.forest("nowhere"));
    const claims: [string, string, HeliosErrorCode][] = [
      ["partition", "?", "FOREST_INVALID"],
      ["partition", '{"format":"helios-partition/2"}\n', "FOREST_INVALID"],
      [
        "partition",
        '{"format":"helios-partition/1","by":"rules","trees":[["b",["*"]],["a",["x/"]]]}\n',
        "FOREST_INVALID",
      ],
      ["trees/src", "helios-tree/2\n", "FOREST_INVALID"],
      ["trees/src", `helios-tree/1\nblake3:${"0".repeat(64)}\n01\n`, "FOREST_INVALID"],
      ["trees/src", "helios-tree/1\nblake3:00\n1\n", "FOREST_INVALID"],
      ["trees/src", `helios-tree/1\nblake3:${"0".repeat(64)}\n1\n`, "FOREST_INVALID"],
    ];
    for (const [path, content, code] of claims) {
      const vst = helios.checkout(sample(helios).commit().id);
      vst.write(path, content);
      const { id } = vst.commit();
      refuses(code, () => helios.forest(id).read("src/a.ts"));
    }
    const vst = helios.checkout(sample(helios).commit().id);
    vst.write("trees/src", Buffer.from(vst.read("trees/src")!).toString().replace("\n2\n", "\n3\n"));
    const { id } = vst.commit();
    refuses("FOREST_INVALID", () => helios.forest(id).has("src/a.ts"));
  }));

test("a forest survives its process, and its files can be written out", async () => {
  const root = mkdtempSync(join(tmpdir(), "helios-forest-"));
  try {
    const first = await Helios.open({ root: join(root, "store") });
    const { id } = sample(first, "main").commit("kept", { author: "someone", timeMs: 1000 });
    assert.deepEqual(
      first.log().map(({ author, timeMs }) => [author, timeMs]),
      [["someone", 1000], ["someone", 1000]], // prettier-ignore
    );
    await first.close();
    const helios = await Helios.open({ root: join(root, "store"), readOnly: true });
    const forest = helios.forest("main");
    assert.equal(forest.identify(), id);
    assert.equal((await forest.materialize(join(root, "out"), { select: ["src/**", "README.md"] })).files, 3);
    assert.equal(readFileSync(join(root, "out/src/b.ts"), "utf8"), "src/b.ts");
    await helios.close();
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
