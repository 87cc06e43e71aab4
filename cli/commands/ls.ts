import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Entry, Helios, SnapshotId } from "@helios/engine";
import { CliError } from "../errors.ts";
import { showPath } from "../show.ts";
import { StoreCommand } from "../store-command.ts";

const hashDigitsShown = 12;

export default class Ls extends StoreCommand {
  static override summary = "List the paths of a snapshot.";
  static override description =
    "In byte order. PREFIX is a file or a directory; without it, everything is listed. --long adds mode, size in bytes " +
    "and the beginning of the content's BLAKE3 hash.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> main",
    "<%= config.bin %> <%= command.id %> blake3:1f8e src --long",
    "<%= config.bin %> <%= command.id %> c3 --json",
  ];
  static override args = {
    snapshot: Args.string({
      description: "blake3:<hex>, a unique beginning, a commit or a branch",
      required: true,
    }),
    prefix: Args.string({ description: "file or directory to list" }),
  };
  static override flags = {
    long: Flags.boolean({ char: "l", description: "with mode, size and hash", default: false }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Ls);
    return this.read(flags, async ({ helios }) => {
      const snapshot = helios.resolve(args.snapshot);
      const entries = entriesAt(helios, snapshot, args.prefix ?? "");
      if (!this.jsonEnabled())
        await this.write(
          entries.map((entry) => `${flags.long ? longLine(entry) : showPath(entry.path)}\n`).join(""),
        );
      return { version: 1, snapshot, entries };
    });
  }
}

/** The file or directory at a path; everything for the empty path. Throws PATH_UNKNOWN where there is neither. */
export function entriesAt(helios: Helios, snapshot: SnapshotId, path: string): Entry[] {
  const listed = { list: (prefix: string) => helios.list(snapshot, prefix) };
  return entriesBelow(listed, path, `helios-cli ls ${snapshot.slice(0, 19)}`);
}

/** As `entriesAt`, of whatever lists its entries; `listing` is the command that lists them all. */
export function entriesBelow(
  state: { list(prefix: string): Entry[] },
  path: string,
  listing: string,
): Entry[] {
  const place = path.replace(/^\.\//, "").replace(/\/+$/, "");
  if (place === "" || place === ".") return state.list("");
  const entries = state
    .list(place)
    .filter((entry) => entry.path === place || entry.path.startsWith(`${place}/`));
  if (entries.length > 0) return entries;
  throw new CliError(
    "PATH_UNKNOWN",
    `there is nothing at ${showPath(place)}`,
    `${listing} lists what there is`,
  );
}

const modeLetters = { file: "-", executable: "x", symlink: "l", gitlink: "g", directory: "d" } as const;

export function longLine({ mode, sizeBytes, hash, path }: Entry): string {
  return `${modeLetters[mode]} ${String(sizeBytes).padStart(12)} ${hash.slice(0, hashDigitsShown)} ${showPath(path)}`;
}
