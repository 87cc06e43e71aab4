/**
 * What kind of thing a path holds. The code is what trees and journals store; it never changes its meaning.
 *
 * `directory` stands for an empty one, where somebody wants those kept; its content has no bytes. A directory with
 * something in it has no entry of its own: it is there because its paths are. So a directory tree has one set of
 * entries and one snapshot id, whatever its history.
 */
export type EntryMode = "file" | "executable" | "symlink" | "gitlink" | "directory";

const MODES: readonly EntryMode[] = ["file", "executable", "symlink", "gitlink", "directory"];

/** Code of `directory`. */
export const DIRECTORY_MODE = 4;

export function modeCode(mode: EntryMode): number {
  return MODES.indexOf(mode);
}

export function modeOfCode(code: number): EntryMode | undefined {
  return MODES[code];
}
