/** How a work directory is looked at: the same for every command that does so. */
import * as Flags from "@oclif/core/flags";
import { showPath } from "./show.ts";

export const scanFlags = {
  "ignore-files": Flags.boolean({
    description: "obey .gitignore and .heliosignore",
    default: true,
    allowNo: true,
  }),
  "empty-directories": Flags.option({
    description:
      "keep: store directories in which nothing else is stored; use it for every commit of the directory",
    options: ["ignore", "keep"] as const,
    default: "ignore",
  })(),
  "invalid-names": Flags.option({
    description: "what to do with file names that are not UTF-8: skip and name them, or refuse to go on",
    options: ["skip", "refuse"] as const,
    default: "skip",
  })(),
};

export interface ScanFlags {
  readonly "ignore-files": boolean;
  readonly "empty-directories": "ignore" | "keep";
  readonly "invalid-names": "skip" | "refuse";
}

/** As the engine's `ScanOptions` have them. */
export function scanOptionsOf(flags: ScanFlags) {
  return {
    obeyIgnoreFiles: flags["ignore-files"],
    emptyDirectories: flags["empty-directories"],
    invalidNames: flags["invalid-names"],
  };
}

const shown = 10;

/** Lines for stderr about what is not stored, and about stored names that not every system can hold. */
export function scanRemarks(
  skipped: readonly { readonly path: string; readonly reason: string }[],
  notes: readonly { readonly path: string; readonly note: string }[] = [],
): string[] {
  return [
    ...firstOf(
      skipped.map(({ path, reason }) => `not stored: ${showPath(path)}: ${reason}`),
      "not stored",
    ),
    ...firstOf(
      notes.map(({ path, note }) => `note: ${showPath(path)}: ${note}`),
      "note",
    ),
  ];
}

function firstOf(lines: readonly string[], what: string): readonly string[] {
  if (lines.length <= shown) return lines;
  return [...lines.slice(0, shown), `${what}: ${lines.length - shown} more (--json lists all)`];
}
