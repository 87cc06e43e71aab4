/** A disk that fills up, a limit on file sizes, a directory of somebody else: named, and nothing half-written. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { HeliosError, type HeliosErrorCode } from "../errors.ts";
import { hashBlob } from "../object/hash.ts";
import { type Fault, interceptWrites, systemError } from "../safety/failing-fs.fixture.ts";
import { Helios } from "../helios.ts";
import { materializeEntries, type MaterializeEntry } from "./materialize.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helios-failures-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const contents = new Map<string, Buffer>();
function entry(path: string, content: string): MaterializeEntry {
  const hash = Buffer.from(hashBlob(Buffer.from(content))).toString("hex");
  contents.set(hash, Buffer.from(content));
  return { path, hash, mode: "file", sizeBytes: Buffer.byteLength(content) };
}
const read = (hash: string) => contents.get(hash) ?? assert.fail(hash);
const entries = (version: string) =>
  Array.from({ length: 20 }, (_, i) => entry(`d${i % 3}/f${i}`, `${version} ${i}`));
const withCode = (code: HeliosErrorCode, path?: string) => (error: unknown) =>
  error instanceof HeliosError && error.code === code && (path === undefined || error.path === path);

/** From the tenth write on. */
const failing =
  (code: "ENOSPC" | "EDQUOT" | "EFBIG" | "EIO"): Fault =>
  (seen) => {
    if (seen.call !== "writeSync" || seen.n < 10) return seen.proceed();
    seen.proceed(1);
    throw systemError(code, "write");
  };

async function withFault<T>(fault: Fault, use: () => Promise<T>): Promise<T> {
  const restore = interceptWrites(fault);
  try {
    return await use();
  } finally {
    restore();
  }
}

for (const [errno, code] of [
  ["ENOSPC", "DISK_FULL"],
  ["EDQUOT", "DISK_FULL"],
  ["EFBIG", "DISK_FULL"],
  ["EIO", "OUTPUT_UNSAFE"],
] as const) {
  test(`a write that fails with ${errno} is told as ${code} with the file, and a new output does not appear`, async () => {
    const out = join(folder, "out");
    const rejected = withFault(failing(errno), () => materializeEntries(entries("one"), read, out));
    await assert.rejects(rejected, withCode(code, `${out}/d0/f9`));
    assert.deepEqual(readdirSync(folder), []);
  });
}

test("a disk that fills up while files are replaced leaves each old or new, and no temporary file", async () => {
  const out = join(folder, "out");
  await materializeEntries(entries("one"), read, out);
  const rejected = withFault(failing("ENOSPC"), () =>
    materializeEntries(entries("two"), read, out, { overwrite: true }),
  );
  await assert.rejects(rejected, withCode("DISK_FULL"));
  const found = ["d0", "d1", "d2"].flatMap((name) =>
    readdirSync(join(out, name)).map((file) => join(out, name, file)),
  );
  assert.equal(found.length, 20);
  const texts = found.map((file) => readFileSync(file, "utf8"));
  assert.equal(texts.filter((text) => text.startsWith("two")).length, 9);
  for (const text of texts) assert.match(text, /^(one|two) \d+$/);
});

test(
  "a file larger than the system lets files be is named, with the limit as the reason",
  { skip: process.platform === "win32" },
  async () => {
    const root = join(folder, "store");
    const helios = await Helios.open({ root });
    const vst = helios.checkout("main");
    vst.write("large", Buffer.alloc(2_000_000, 7));
    vst.commit();
    await helios.close();
    const program = fileURLToPath(new URL("interrupted.fixture.ts", import.meta.url));
    const task = JSON.stringify({ do: "materialize", root, directory: join(folder, "out") });
    const limited = `ulimit -f 1000; exec "$0" "$@"`;
    const said = await new Promise<string>((resolve) => {
      execFile("bash", ["-c", limited, process.execPath, program, task], (_, stdout) => resolve(stdout));
    });
    assert.match(said, /out\/large is larger than a file may be here \(EFBIG\)/);
    assert.deepEqual(readdirSync(folder), ["store"]);
  },
);

test(
  "a place that nobody may write to is refused by name",
  { skip: process.platform !== "linux" },
  async () => {
    const place = "/proc/helios-out";
    const isUnwritable = (error: unknown) =>
      withCode("OUTPUT_UNWRITABLE")(error) || withCode("OUTPUT_UNSAFE")(error);
    await assert.rejects(materializeEntries(entries("one"), read, place), isUnwritable);
    assert.equal(existsSync(place), false);
  },
);

test(
  "a symlink that appears where a directory was is not followed, even after it was looked at",
  { skip: process.platform !== "linux" },
  async () => {
    const [out, outside] = [join(folder, "out"), join(folder, "outside")];
    mkdirSync(outside);
    mkdirSync(join(out, "d0"), { recursive: true });
    writeFileSync(join(out, "d0", "f0"), "before");
    // The attack: between the look at the directories and the writing of files one of them is replaced.
    let isReplaced = false;
    const replacing = (hash: string) => {
      if (!isReplaced) {
        isReplaced = true;
        rmSync(join(out, "d1"), { recursive: true });
        symlinkSync(outside, join(out, "d1"));
      }
      return read(hash);
    };
    await assert.rejects(
      materializeEntries(entries("one"), replacing, out, { overwrite: true }),
      withCode("OUTPUT_UNSAFE"),
    );
    assert.deepEqual(readdirSync(outside), []);
  },
);
