/** Any directory tree comes back as it was, and a scan that remembers finds what one that remembers nothing finds. */
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { Helios, type SnapshotId } from "../index.ts";
import { rememberScan, scanDirectory, type ScanOptions } from "./scan.ts";

/** More in a long setting. */
const runs = Number(process.env["HELIOS_PROPERTY_RUNS"] ?? 60);
const isLinux = process.platform === "linux";
/** Letters that fold, combine, sort differently in UTF-8 and UTF-16, or mean something to a shell or to a glob. */
const oddName = fc
  .string({
    unit: fc.constantFrom(
      "a",
      "B",
      "é",
      "e\u0301",
      "ß",
      "\u{1F600}",
      "\uFFFD",
      "\uFF5E",
      " ",
      "*",
      "[",
      "\\",
      "\n",
      "#",
      "!",
      ".",
    ),
    minLength: 1,
    maxLength: 5,
  })
  .filter((name) => name !== "." && name !== "..");

type Node =
  | { readonly kind: "file"; readonly content: string; readonly executable: boolean }
  | { readonly kind: "symlink"; readonly target: string }
  | { readonly kind: "directory"; readonly inside: Readonly<Record<string, Node>> };

const { tree } = fc.letrec<{ tree: Record<string, Node>; node: Node }>((tie) => ({
  tree: fc.dictionary(oddName, tie("node"), { maxKeys: 5, noNullPrototype: true }),
  node: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      kind: fc.constant("file" as const),
      content: fc.string({ maxLength: 30 }),
      executable: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant("symlink" as const),
      target: fc.oneof(oddName, fc.constant("../../outside")),
    }),
    fc.record({ kind: fc.constant("directory" as const), inside: tie("tree") }),
  ),
}));

function make(place: string, nodes: Readonly<Record<string, Node>>): void {
  mkdirSync(place, { recursive: true });
  for (const [name, node] of Object.entries(nodes)) {
    const inside = join(place, name);
    if (node.kind === "directory") make(inside, node.inside);
    else if (node.kind === "symlink") symlinkSync(node.target, inside);
    else writeFileSync(inside, node.content, { mode: node.executable ? 0o755 : 0o644 });
  }
}

/** What is there, as one value. */
function seen(place: string): unknown {
  const stat = lstatSync(place);
  if (stat.isSymbolicLink()) return { target: readlinkSync(place) };
  if (stat.isFile()) return { content: readFileSync(place, "utf8"), executable: (stat.mode & 0o100) !== 0 };
  const names = readdirSync(place).sort();
  return Object.fromEntries(names.map((name) => [name, seen(join(place, name))]));
}

/** Somewhere for a store's cache, and a store that keeps nothing. */
async function withStore(use: (helios: Helios, folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "helios-directory-"));
  const helios = await Helios.open({ root: join(folder, "store"), durability: "memory" });
  try {
    mkdirSync(join(folder, "store"));
    await use(helios, folder);
  } finally {
    await helios.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

test(
  "any tree: scanned, committed and materialized elsewhere it is the same, and has the same id there",
  { skip: !isLinux },
  async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (nodes) => {
        await withStore(async (helios, folder) => {
          const [root, work, out] = ["store", "work", "out"].map((name) => join(folder, name)) as [
            string,
            string,
            string,
          ];
          make(work, nodes);
          const options: ScanOptions = { emptyDirectories: "keep" };
          const vst = helios.checkout("main");
          await scanDirectory({ root }, vst, work, options);
          const { id } = vst.commit();
          rememberScan({ root }, work, id);
          const again = await scanDirectory({ root }, vst, work, { ...options, base: id });
          assert.deepEqual([again.added, again.modified, again.deleted], [0, 0, 0]);
          await helios.materialize(id, out);
          assert.deepEqual(seen(out), seen(work));
          const copy = helios.vst();
          await scanDirectory({ root }, copy, out, options);
          assert.equal(copy.commit().id, id);
        });
      }),
      { numRuns: Math.ceil(runs / 2) },
    );
  },
);

// ---- remembering

/** Few, so that steps meet. */
const name = fc.constantFrom("a", "b", "x.log", ".gitignore");
const path = fc.oneof(
  name,
  fc.tuple(name, name).map((names) => names.join("/")),
  fc.constant("a/b/.heliosignore"),
);
const content = fc.constantFrom("", "*.log\n", "b/\n", "!x.log\n", "/a\n", ".gitignore\n", "b\n!b\n");
const mostly = fc.nat(4).map((n) => n > 0);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("write" as const), path, content }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("directory" as const), path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("link" as const), path, to: name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("mode" as const), path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("rename" as const), path, to: path }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("commit" as const), obey: mostly, ignoreEmpty: mostly }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("look" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("back" as const), to: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What cannot be done (a file in the way, nothing there) is left. */
function change(work: string, each: Step): void {
  if (!("path" in each)) return;
  const place = join(work, each.path);
  try {
    if (each.do !== "remove" && each.do !== "mode") mkdirSync(dirname(place), { recursive: true });
    if (each.do === "write") writeFileSync(place, each.content);
    else if (each.do === "remove") rmSync(place, { recursive: true, force: true });
    else if (each.do === "directory") mkdirSync(place);
    else if (each.do === "link") symlinkSync(each.to, place);
    else if (each.do === "mode") chmodSync(place, lstatSync(place).mode ^ 0o100);
    else if (each.do === "rename" && existsSync(place)) renameSync(place, join(work, each.to));
  } catch {
    // As said.
  }
}

test(
  "whatever happens between scans, with and without commits, rules and policies changing, nothing is missed",
  { skip: !isLinux },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40, size: "max" }), async (steps) => {
        await withStore(async (helios, folder) => {
          const [root, work, empty] = ["store", "work", "empty"].map((each) => join(folder, each)) as [
            string,
            string,
            string,
          ];
          mkdirSync(work);
          mkdirSync(empty);
          let vst = helios.checkout("main");
          let base: SnapshotId | undefined;
          const commits: SnapshotId[] = [];
          const asIfNew = async (options: ScanOptions): Promise<SnapshotId> => {
            rmSync(join(empty, "stat-cache"), { recursive: true, force: true });
            const fresh = helios.vst();
            await scanDirectory({ root: empty }, fresh, work, options);
            return fresh.commit().id;
          };
          for (const each of steps) {
            if (each.do === "wait") {
              await new Promise((resolve) => setTimeout(resolve, 6));
            } else if (each.do === "back" && commits.length > 0) {
              base = commits[each.to % commits.length]!;
              vst = helios.checkout(base);
            } else if (each.do === "look") {
              const look = base === undefined ? helios.vst() : helios.checkout(base);
              const result = await scanDirectory({ root }, look, work, {
                ...(base === undefined ? {} : { base }),
                compareOnly: true,
              });
              const differences = look.changes().length;
              assert.equal(result.added + result.modified + result.deleted, differences);
              assert.equal(
                helios.vst().diff(base ?? helios.vst().commit().id, await asIfNew({})).length,
                differences,
              );
            } else if (each.do === "commit") {
              const options: ScanOptions = {
                obeyIgnoreFiles: each.obey,
                emptyDirectories: each.ignoreEmpty ? "ignore" : "keep",
              };
              await scanDirectory({ root }, vst, work, {
                ...options,
                ...(base === undefined ? {} : { base }),
              });
              base = vst.commit().id;
              rememberScan({ root }, work, base);
              commits.push(base);
              assert.equal(base, await asIfNew(options));
            } else {
              change(work, each);
            }
          }
        });
      }),
      { numRuns: runs },
    );
  },
);
