/** Merging working sets: what the files hold afterwards, and what the history says. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import fc from "fast-check";
import { Helios, type MergeConflict, type Vst } from "../index.ts";

let helios: Helios;
beforeEach(async () => {
  helios = await Helios.open({ root: "", durability: "memory" });
});
afterEach(() => helios.close());

type Files = Readonly<Record<string, string | Uint8Array | undefined>>;

function write(vst: Vst, files: Files): Vst {
  for (const [path, content] of Object.entries(files)) if (content === undefined) vst.delete(path);
  for (const [path, content] of Object.entries(files)) if (content !== undefined) vst.write(path, content);
  return vst;
}

function filesOf(vst: Vst): Record<string, string> {
  return Object.fromEntries(
    vst.list().map(({ path }) => [path, Buffer.from(vst.read(path)!).toString("latin1")]),
  );
}

/** Two lines of history from one commit; answers a working set at the end of the first. */
function diverge(base: Files, mine: Files, yours: Files): { ours: Vst; theirs: string } {
  const ours = write(helios.checkout("main"), base);
  ours.commit("base");
  const other = write(ours.fork(), yours);
  const theirs = other.commit("yours").commit;
  write(ours, mine).commit("mine");
  return { ours, theirs };
}

const summary = ({ path, kind, resolution, keptAs }: MergeConflict) =>
  [path, kind, resolution, ...(keptAs === undefined ? [] : [keptAs])].join(" ");

test("changes of both sides come together, and the commit has both as parents", () => {
  const { ours, theirs } = diverge(
    { a: "1\n2\n3\n", b: "1", c: "1", "d/e": "1" },
    { a: "1 mine\n2\n3\n", b: "2" },
    { a: "1\n2\n3\nyours\n", c: undefined, "d/e": undefined, d: "a file now" },
  );
  const merge = ours.merge(theirs);
  assert.deepEqual(
    { ...merge },
    {
      relation: "diverged",
      base: "c1",
      theirs,
      changedPaths: 4,
      mergedTexts: ["a"],
      conflicts: [],
    },
  );
  assert.deepEqual(filesOf(ours), { a: "1 mine\n2\n3\nyours\n", b: "2", d: "a file now" });
  assert.deepEqual(
    ours.changes().map(({ kind, path: at }) => `${kind} ${at}`),
    ["modified a", "deleted c", "added d", "deleted d/e"],
  );
  const { commit } = ours.commit("merge");
  assert.deepEqual(helios.log("main", 1)[0]?.parents, ["c3", theirs]);
  // Its ancestors are merged: there is nothing left to do.
  assert.equal(ours.merge(theirs).relation, "up-to-date");
  assert.equal(ours.merge("c1").changedPaths, 0);
  const behind = helios.checkout("c1");
  assert.equal(behind.merge(commit).relation, "fast-forward");
  assert.deepEqual(filesOf(behind), filesOf(ours));
});

for (const checkpointed of [false, true])
  test(`a merge is found again after the store is opened again${checkpointed ? ", its contents in L2" : ""}`, async () => {
    const home = mkdtempSync(join(tmpdir(), "helios-merge-"));
    const inMemory = helios;
    try {
      helios = await Helios.open({ root: home });
      const large = Buffer.alloc(400_000, "large").toString();
      const { ours, theirs } = diverge({ a: "1" }, { b: "2" }, { c: "3", large });
      // A ref keeps the other side's contents.
      helios.setRef("theirs", theirs, undefined);
      if (checkpointed) await helios.checkpoint();
      ours.merge(theirs);
      assert.equal(filesOf(ours)["large"], large);
      const { id } = ours.commit("merge");
      await helios.close();
      helios = await Helios.open({ root: home });
      assert.equal(helios.resolve("main"), id);
      assert.deepEqual(helios.log("main", 1)[0]?.parents, ["c3", theirs]);
      assert.deepEqual(filesOf(helios.checkout("main")), { a: "1", b: "2", c: "3", large });
    } finally {
      await helios.close();
      helios = inMemory;
      rmSync(home, { recursive: true, force: true });
    }
  });

test("texts that do not go together have both sides between markers", () => {
  const { ours, theirs } = diverge({ a: "x\n1\ny\n" }, { a: "x\nmine\ny\n" }, { a: "x\nyours\ny\n" });
  const fork = ours.fork();
  const { conflicts } = ours.merge(theirs, { labels: { ours: "main", theirs } });
  assert.deepEqual(conflicts.map(summary), ["a both-modified markers"]);
  assert.equal(conflicts[0]?.regions, 1);
  assert.deepEqual(filesOf(ours), { a: `x\n<<<<<<< main\nmine\n=======\nyours\n>>>>>>> ${theirs}\ny\n` });
  fork.merge(theirs, { conflictStyle: "diff3" });
  assert.match(filesOf(fork)["a"]!, /\n\|\|\|\|\|\|\| base\n1\n=======\n/);
});

test("of contents that are no texts both are kept", () => {
  const { ours, theirs } = diverge(
    { bin: "\0 1", gone: "1", dir: "1" },
    { bin: "\0 2", gone: undefined, dir: undefined, "dir/x": "2", link: "mine", "d/y": "1", d2: "1" },
    { bin: "\0 3", gone: "3", dir: "3", d2: undefined, "d2/z": "1", link: "yours" },
  );
  ours.write("link", "mine", { mode: "symlink" });
  const asides = /\.theirs-[0-9a-f]{12}$/;
  const before = filesOf(ours);
  const { conflicts } = ours.merge(theirs);
  const files = filesOf(ours);
  assert.deepEqual(
    conflicts.map((conflict) => summary(conflict).replace(asides, ".theirs")),
    [
      "bin both-modified both-kept bin.theirs",
      "d2 file-directory moved d2.ours",
      "dir file-directory moved dir.theirs",
      "gone modify-delete modified-kept",
      "link add-add both-kept link.theirs",
    ].map((line) => line.replace("d2.ours", conflicts[1]?.keptAs ?? "")),
  );
  assert.match(conflicts[1]!.keptAs!, /^d2\.ours-[0-9a-f]{12}$/);
  const kept = (path: string) => files[conflicts.find((conflict) => conflict.path === path)!.keptAs!];
  assert.deepEqual([files["bin"], kept("bin")], ["\0 2", "\0 3"]);
  assert.deepEqual([files["d2/z"], kept("d2")], ["1", "1"]);
  assert.deepEqual([files["dir/x"], kept("dir")], ["2", "3"]);
  assert.deepEqual([files["link"], kept("link")], ["mine", "yours"]);
  assert.equal(files["gone"], "3");
  assert.equal(files["d/y"], before["d/y"]);
});

test("a name that is taken already is not taken again, and the longest path leaves room for the suffix", () => {
  const long = `${"d".repeat(2000)}/${"é".repeat(1047)}x`;
  const { ours, theirs } = diverge({ bin: "\0 1" }, { bin: "\0 2" }, { bin: "\0 3", [long]: "\0 3" });
  const name = helios.merge(ours.commit(), theirs).conflicts[0]!.keptAs!;
  ours.write(name, "taken");
  ours.write(`${name}-2/x`, "taken");
  ours.write(long, "\0 2");
  const { conflicts } = ours.merge(theirs);
  assert.deepEqual(conflicts.map(({ keptAs }) => keptAs).slice(0, 1), [`${name}-3`]);
  assert.equal(conflicts.length, 2);
  const kept = conflicts[1]!.keptAs!;
  assert.ok(Buffer.byteLength(kept) <= 4096 && kept.startsWith("d".repeat(2000)));
  assert.equal(filesOf(ours)[kept], "\0 3");
});

test("only the modes are contested", () => {
  const { ours, theirs } = diverge({ a: "1" }, { b: "2", link: "a" }, { b: "2", link: "a" });
  ours.write("b", "2", { mode: "executable" });
  ours.write("link", "a", { mode: "symlink" });
  const { conflicts } = ours.merge(theirs);
  const [executable, symlink] = conflicts;
  assert.equal(summary(executable!), "b mode ours-kept");
  assert.deepEqual([symlink?.kind, symlink?.resolution], ["mode", "both-kept"]);
  assert.equal(ours.entry("link")?.mode, "symlink");
  assert.equal(ours.entry(symlink!.keptAs!)?.mode, "file");
  assert.equal(ours.entry("b")?.mode, "executable");
});

test("states that share no commit are merged as if from nothing", () => {
  const one = write(helios.checkout("main"), { a: "1", same: "s" });
  one.commit("one");
  const two = write(helios.vst(), { a: "2", same: "s", b: "2" });
  const theirs = two.commit("two").commit;
  const merge = one.merge(theirs);
  assert.equal(merge.relation, "unrelated");
  assert.equal(merge.base, undefined);
  assert.deepEqual(merge.conflicts.map(summary), ["a add-add markers"]);
  assert.deepEqual(Object.keys(filesOf(one)), ["a", "b", "same"]);
  assert.equal(helios.vst().merge("c1").changedPaths, 2);
  const other = helios.checkout("c1");
  assert.deepEqual(other.merge(theirs, { base: "c1" }).conflicts, []);
  assert.deepEqual(filesOf(other), { a: "2", b: "2", same: "s" });
});

test("a working set keeps its uncommitted changes, and a fork or a restore knows what was merged", () => {
  const { ours, theirs } = diverge({ a: "1", b: "1" }, { a: "2" }, { b: "3" });
  ours.write("c", "new");
  ours.merge(theirs);
  assert.deepEqual(filesOf(ours), { a: "2", b: "3", c: "new" });
  const fork = ours.fork();
  const parentsOf = (commit: string) => helios.log(commit, 1)[0]?.parents;
  assert.deepEqual(parentsOf(fork.commit().commit), ["c3", theirs]);
  assert.deepEqual(parentsOf(fork.commit().commit), ["c4"]);
  ours.restore("main");
  ours.write("c", "again");
  assert.deepEqual(parentsOf(ours.commit().commit), ["c3"]);
  assert.deepEqual(parentsOf(ours.commit("", { mergeParents: [theirs, theirs] }).commit), ["c6", theirs]);
});

test("a merge that fails leaves the working set as it was", () => {
  const { ours, theirs } = diverge({ a: "1" }, { b: "2" }, { c: "3" });
  const before = filesOf(ours);
  assert.throws(() => ours.merge("c99"), { code: "SNAPSHOT_UNKNOWN" });
  assert.throws(() => ours.merge(theirs, { base: "nowhere" }), { code: "SNAPSHOT_UNKNOWN" });
  assert.deepEqual(filesOf(ours), before);
  assert.equal(ours.changedPaths, 0);
});

const path = fc.constantFrom("a", "b", "a/x", "a/y", "c/d", "c");
const content = fc.constantFrom("1\n", "2\n", "1\n2\n", "1\n2\n3\n", "0\n1\n2\n3\n", "\0 1", "\0 2");
const edits = fc.array(fc.record({ path, content: fc.option(content, { nil: undefined }) }), {
  maxLength: 8,
});

test("whatever two sides do, every content of either is somewhere in the merged files", () => {
  fc.assert(
    fc.property(edits, edits, edits, (base, mine, yours) => {
      const edit = (vst: Vst, list: typeof base): Vst => {
        for (const { path: at, content: bytes } of list) {
          if (bytes === undefined) vst.delete(at);
          else {
            for (const { path: below } of vst.list(`${at}/`)) vst.delete(below);
            if (at.includes("/")) vst.delete(at.slice(0, 1));
            vst.write(at, bytes);
          }
        }
        return vst;
      };
      const start = edit(helios.vst(), base);
      const root = start.commit();
      const [ours, other] = [start.fork(), start.fork()];
      edit(ours, mine).commit();
      const theirs = edit(other, yours).commit();
      const sides = [filesOf(ours), filesOf(other)];
      ours.merge(theirs);
      const merged = filesOf(ours);
      const before = filesOf(helios.checkout(root));
      const all = Object.values(merged).join("\0");
      sides.forEach((side, i) => {
        for (const [at, bytes] of Object.entries(side)) {
          if (bytes === before[at] && bytes !== merged[at]) continue; // the other side's change won
          for (const line of bytes.split("\n"))
            assert.ok(
              all.includes(line) || before[at]?.split("\n").includes(line),
              `${line} of ${at} of side ${i} is lost`,
            );
        }
      });
    }),
    { numRuns: 150 },
  );
});
