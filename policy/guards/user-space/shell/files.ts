/** Programs that write, make or read the files they are given: what matters is which file. */

/** Every operand is written, made or removed. */
const allOperands: ReadonlySet<string> = new Set([
  "tee",
  "mkdir",
  "rmdir",
  "touch",
  "chown",
  "chmod",
  "chgrp",
  "truncate",
  "rm",
  "sponge",
]);

/** The last operand is. */
const lastOperand: ReadonlySet<string> = new Set(["cp", "mv", "ln", "install", "rsync"]);

const readers: ReadonlySet<string> = new Set([
  "cat",
  "ls",
  "head",
  "tail",
  "grep",
  "egrep",
  "fgrep",
  "rg",
  "find",
  "stat",
  "wc",
  "awk",
  "gawk",
  "sed",
  "cut",
  "sort",
  "less",
  "more",
  "test",
  "[",
]);

export interface FileUse {
  readonly writes: readonly string[];
  readonly reads: readonly string[];
}

const nothing: FileUse = { writes: [], reads: [] };

export function fileUse(name: string, words: readonly string[]): FileUse {
  const operands = words.filter((word) => !word.startsWith("-"));
  if (allOperands.has(name)) return { writes: operands, reads: [] };
  if (lastOperand.has(name)) return { writes: operands.slice(-1), reads: [] };
  if (name === "dd") {
    return {
      writes: words.flatMap((word) => (word.startsWith("of=") ? [word.slice(3)] : [])),
      reads: words.flatMap((word) => (word.startsWith("if=") ? [word.slice(3)] : [])),
    };
  }
  const inPlace = words.some((word) => /^-\w*i|^--in-place/.test(word));
  if ((name === "sed" || name === "perl") && inPlace) return { writes: operands, reads: [] };
  // `[ -e /proc/mounts ]` asks whether there is one, it does not read it.
  if (name === "test" || name === "[") return nothing;
  return readers.has(name) ? { writes: [], reads: operands } : nothing;
}
