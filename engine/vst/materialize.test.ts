import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import fc from "fast-check";
import { HeliosError, type HeliosErrorCode } from "../errors.ts";
import {
  materializeEntries,
  windowsObjection,
  type MaterializeEntry,
  type ObjectReader,
} from "./materialize.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helios-materialize-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A snapshot in memory; the "hash" is the path, which is all a reader needs. */
function snapshot(files: Record<string, string | { mode: MaterializeEntry["mode"]; content: string }>) {
  const contents = new Map<string, Buffer>();
  const entries = Object.entries(files).map(([path, file]): MaterializeEntry => {
    const { mode, content } = typeof file === "string" ? { mode: "file" as const, content: file } : file;
    contents.set(path, Buffer.from(content));
    return { path, hash: path, mode, sizeBytes: Buffer.byteLength(content) };
  });
  const read: ObjectReader = (hash) => contents.get(hash) ?? assert.fail(`no object ${hash}`);
  return { entries, read };
}

const link = (content: string) => ({ mode: "symlink" as const, content });
const refusedWith = (code: HeliosErrorCode) => (error: unknown) =>
  error instanceof HeliosError && error.code === code;

test("files, executables, symlinks and gitlinks arrive with their content and mode", async () => {
  const { entries, read } = snapshot({
    "a.txt": "a",
    "bin/run": { mode: "executable", content: "#!/bin/sh\n" },
    "deep/er/empty": "",
    "deep/link": link("../a.txt"),
    "vendor/module": { mode: "gitlink", content: "" },
    "größe/ä\n.txt": "x",
  });
  const out = join(folder, "new", "out");
  const result = await materializeEntries(entries, read, out);
  assert.deepEqual(result, { files: 4, symlinks: 1, bytes: 12, kept: 0 });
  assert.equal(readFileSync(join(out, "a.txt"), "utf8"), "a");
  assert.equal(readFileSync(join(out, "deep/link"), "utf8"), "a");
  assert.equal(readlinkSync(join(out, "deep/link")), "../a.txt");
  assert.equal(statSync(join(out, "bin/run")).mode & 0o700, 0o700);
  assert.equal(statSync(join(out, "a.txt")).mode & 0o700, 0o600);
  assert.deepEqual(readdirSync(join(out, "vendor/module")), []);
  assert.equal(readFileSync(join(out, "größe/ä\n.txt"), "utf8"), "x");
  assert.deepEqual(readdirSync(join(folder, "new")), ["out"]);
});

test("objects may be read asynchronously, and more files than a batch arrive with every progress step", async () => {
  const { entries, read } = snapshot(
    Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`d${i % 7}/f${i}`, `${i}`])),
  );
  const steps: number[] = [];
  const result = await materializeEntries(entries, async (hash) => read(hash), join(folder, "out"), {
    onProgress: (done, total) => {
      assert.equal(total, 300);
      steps.push(done);
    },
  });
  assert.equal(result.files, 300);
  assert.deepEqual(steps, [128, 256, 300]);
});

test("only selected paths are written, and only the directories they need", async () => {
  const { entries, read } = snapshot({ "src/a.ts": "a", "src/a.test.ts": "t", "docs/x.md": "x" });
  const out = join(folder, "out");
  await materializeEntries(entries, read, out, { select: ["src/**", "!**/*.test.ts"] });
  assert.deepEqual(readdirSync(out), ["src"]);
  assert.deepEqual(readdirSync(join(out, "src")), ["a.ts"]);
});

test("an empty directory is filled in place; one with anything in it is refused and left as it was", async () => {
  const { entries, read } = snapshot({ a: "new" });
  const out = join(folder, "out");
  mkdirSync(out);
  const before = statSync(out).ino;
  await materializeEntries(entries, read, out);
  assert.equal(statSync(out).ino, before);
  await assert.rejects(materializeEntries(entries, read, out), refusedWith("OUTPUT_NOT_EMPTY"));
  assert.deepEqual(readdirSync(out), ["a"]);
});

test("overwrite replaces files and symlinks, fixes modes, and leaves everything else alone", async () => {
  const { entries, read } = snapshot({
    "d/a": "new",
    "d/b": { mode: "executable", content: "b" },
    "d/l": link("a"),
  });
  const out = join(folder, "out");
  mkdirSync(join(out, "d"), { recursive: true });
  writeFileSync(join(out, "d/a"), "an older and longer text");
  writeFileSync(join(out, "d/b"), "b");
  writeFileSync(join(out, "d/kept"), "kept");
  symlinkSync("elsewhere", join(out, "d/l"));
  await materializeEntries(entries, read, out, { overwrite: true });
  assert.equal(readFileSync(join(out, "d/a"), "utf8"), "new");
  assert.equal(readlinkSync(join(out, "d/l")), "a");
  assert.equal(statSync(join(out, "d/b")).mode & 0o100, 0o100);
  assert.deepEqual(readdirSync(join(out, "d")).sort(), ["a", "b", "kept", "l"]);
});

test("overwrite does not write through a symlink that stands where a file goes", async () => {
  const victim = join(folder, "victim");
  writeFileSync(victim, "untouched");
  const out = join(folder, "out");
  mkdirSync(out);
  symlinkSync(victim, join(out, "a"));
  const { entries, read } = snapshot({ a: "new" });
  await materializeEntries(entries, read, out, { overwrite: true });
  assert.equal(readFileSync(victim, "utf8"), "untouched");
  assert.equal(lstatSync(join(out, "a")).isSymbolicLink(), false);
});

test("overwrite does not write through a symlinked directory, and then writes nothing at all", async () => {
  const outside = join(folder, "outside");
  const out = join(folder, "out");
  mkdirSync(outside);
  mkdirSync(out);
  symlinkSync(outside, join(out, "d"));
  const { entries, read } = snapshot({ "a-first": "x", "d/e/f": "x" });
  await assert.rejects(
    materializeEntries(entries, read, out, { overwrite: true }),
    refusedWith("OUTPUT_UNSAFE"),
  );
  assert.deepEqual(readdirSync(outside), []);
  assert.deepEqual(readdirSync(out), ["d"]);
});

test("overwrite refuses a directory where a file goes and a file where a directory goes, before writing", async () => {
  const out = join(folder, "out");
  mkdirSync(join(out, "a"), { recursive: true });
  writeFileSync(join(out, "b"), "");
  const one = snapshot({ "0": "x", a: "x" });
  await assert.rejects(
    materializeEntries(one.entries, one.read, out, { overwrite: true }),
    refusedWith("OUTPUT_NOT_EMPTY"),
  );
  const two = snapshot({ "0": "x", "b/c": "x" });
  await assert.rejects(
    materializeEntries(two.entries, two.read, out, { overwrite: true }),
    refusedWith("OUTPUT_UNSAFE"),
  );
  assert.deepEqual(readdirSync(out).sort(), ["a", "b"]);
});

for (const path of ["../escape", "/abs", "a/../../b", "a//b", "./a", "a/", "", "a\0b"]) {
  test(`the path ${JSON.stringify(path)} is refused and nothing is made`, async () => {
    const { entries, read } = snapshot({ good: "x", [path]: "x" });
    await assert.rejects(materializeEntries(entries, read, join(folder, "out")), refusedWith("PATH_INVALID"));
    assert.deepEqual(readdirSync(folder), []);
  });
}

test("a symlink of the snapshot cannot be a directory of its other paths", async () => {
  const outside = join(folder, "outside");
  mkdirSync(outside);
  const { entries, read } = snapshot({ d: link(outside), "d/passwd": "x" });
  await assert.rejects(materializeEntries(entries, read, join(folder, "out")), refusedWith("OUTPUT_UNSAFE"));
  assert.deepEqual(readdirSync(outside), []);
  assert.equal(existsSync(join(folder, "out")), false);
});

test("a path given twice is refused", async () => {
  const { entries, read } = snapshot({ a: "x" });
  const twice = [...entries, ...entries];
  await assert.rejects(materializeEntries(twice, read, join(folder, "out")), refusedWith("OUTPUT_UNSAFE"));
});

test("names that differ only in case or composition are refused where the file system takes them for one", async () => {
  const { entries, read } = snapshot({ "Read.me": "1", "read.ME": "2" });
  const folding = materializeEntries(entries, read, join(folder, "a"), {}, { caseSensitive: false });
  await assert.rejects(folding, refusedWith("OUTPUT_UNSAFE"));
  const composed = snapshot({ "\u00e9": "1", "e\u0301": "2" });
  const composing = materializeEntries(
    composed.entries,
    composed.read,
    join(folder, "a"),
    {},
    { caseSensitive: false },
  );
  await assert.rejects(composing, refusedWith("OUTPUT_UNSAFE"));
  assert.deepEqual(readdirSync(folder), []);
});

test("the file system is asked whether it ignores case, and the question leaves no trace", async () => {
  const { entries, read } = snapshot({ "A/x": "1", "a/x": "2" });
  const insensitive = existsSync(folder.toUpperCase());
  if (insensitive) {
    await assert.rejects(
      materializeEntries(entries, read, join(folder, "out")),
      refusedWith("OUTPUT_UNSAFE"),
    );
  } else {
    await materializeEntries(entries, read, join(folder, "out"));
    assert.deepEqual(readdirSync(join(folder, "out")).sort(), ["A", "a"]);
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith(".helios")),
    [],
  );
});

test("what Windows cannot hold is refused there by name and reason", async () => {
  for (const path of ["a/con", "NUL.txt", "a.", "b ", "x:y", "a\\b", "q?"])
    assert.notEqual(windowsObjection(path), undefined);
  for (const path of ["console", "a.b", "com10", "größe"]) assert.equal(windowsObjection(path), undefined);
  const { entries, read } = snapshot({ "a/con": "x" });
  const writing = materializeEntries(entries, read, join(folder, "out"), {}, { windows: true });
  await assert.rejects(writing, refusedWith("OUTPUT_UNSAFE"));
});

test("a failed read leaves no new directory, and an empty one empty", async () => {
  const { entries } = snapshot(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`d/f${i}`, "x"])));
  const failing: ObjectReader = (hash) => {
    if (hash === "d/f150") throw new HeliosError("OBJECT_CORRUPT", "bad bytes", "restore it");
    return Buffer.from("x");
  };
  await assert.rejects(
    materializeEntries(entries, failing, join(folder, "out")),
    refusedWith("OBJECT_CORRUPT"),
  );
  assert.deepEqual(readdirSync(folder), []);
  mkdirSync(join(folder, "empty"));
  await assert.rejects(
    materializeEntries(entries, failing, join(folder, "empty")),
    refusedWith("OBJECT_CORRUPT"),
  );
  assert.deepEqual(readdirSync(join(folder, "empty")), []);
});

test("content of another length than the entry says is corrupt", async () => {
  const entries: MaterializeEntry[] = [{ path: "a", hash: "a", mode: "file", sizeBytes: 3 }];
  const reading = materializeEntries(entries, () => Buffer.from("four"), join(folder, "out"));
  await assert.rejects(reading, refusedWith("OBJECT_CORRUPT"));
  assert.deepEqual(readdirSync(folder), []);
});

test("an abort ends the work with its own reason and takes back what was written", async () => {
  const { entries, read } = snapshot(
    Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, "x"])),
  );
  const controller = new AbortController();
  const reason = new Error("enough");
  const working = materializeEntries(entries, read, join(folder, "out"), {
    signal: controller.signal,
    onProgress: () => {
      controller.abort(reason);
    },
  });
  await assert.rejects(working, reason);
  assert.deepEqual(readdirSync(folder), []);
});

/** Runs as somebody whom permissions bind; root, under whom containers test, writes everywhere. */
async function asOrdinaryUser(run: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return run();
  const ordinaryUser = 65534;
  execFileSync("chown", ["-R", `${ordinaryUser}`, folder]);
  process.seteuid?.(ordinaryUser);
  try {
    await run();
  } finally {
    process.seteuid?.(0);
  }
}

test(
  "a directory one may not write to is refused with the path and what to do",
  { skip: process.platform === "win32" },
  async () => {
    const [locked, parent] = [join(folder, "locked"), join(folder, "parent")];
    for (const place of [locked, parent]) mkdirSync(place);
    const { entries, read } = snapshot({ a: "x" });
    await asOrdinaryUser(async () => {
      for (const place of [locked, parent]) chmodSync(place, 0o500);
      await assert.rejects(materializeEntries(entries, read, locked), refusedWith("OUTPUT_UNWRITABLE"));
      const inside = join(parent, "new", "out");
      await assert.rejects(materializeEntries(entries, read, inside), refusedWith("OUTPUT_UNWRITABLE"));
      for (const place of [locked, parent]) chmodSync(place, 0o700);
      assert.deepEqual([readdirSync(locked), readdirSync(parent)], [[], []]);
    });
  },
);

test("an output that is a file, or a link to nothing, is refused; a link to a directory is where it points", async () => {
  const { entries, read } = snapshot({ a: "x" });
  writeFileSync(join(folder, "file"), "");
  await assert.rejects(materializeEntries(entries, read, join(folder, "file")), refusedWith("OUTPUT_UNSAFE"));
  symlinkSync("nowhere", join(folder, "dangling"));
  await assert.rejects(
    materializeEntries(entries, read, join(folder, "dangling")),
    refusedWith("OUTPUT_UNSAFE"),
  );
  mkdirSync(join(folder, "real"));
  symlinkSync("real", join(folder, "alias"));
  await materializeEntries(entries, read, join(folder, "alias"));
  assert.deepEqual(readdirSync(join(folder, "real")), ["a"]);
});

test("whatever the paths are, nothing appears outside the output directory", async () => {
  const segment = fc.constantFrom("..", ".", "", "a", "b", "A", "..a", "c\0");
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join("/"));
  const mode = fc.constantFrom<MaterializeEntry["mode"]>("file", "symlink", "executable", "gitlink");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(path, mode), { maxLength: 6 }), async (items) => {
      const root = mkdtempSync(join(folder, "case-"));
      const entries = items.map(([path, mode]) => ({ path, mode, hash: path, sizeBytes: 2 }));
      try {
        await materializeEntries(entries, () => Buffer.from(".."), join(root, "x", "out"));
        assert.deepEqual(readdirSync(root), ["x"]);
        assert.deepEqual(readdirSync(join(root, "x")), ["out"]);
      } catch (error) {
        assert.ok(error instanceof HeliosError, String(error));
        assert.deepEqual(readdirSync(root), []);
      }
    }),
    { numRuns: 60 },
  );
});
