/** What kind of thing a path holds. The code is what trees and journals store; it never changes its meaning. */
export type EntryMode = "file" | "executable" | "symlink" | "gitlink";

const MODES: readonly EntryMode[] = ["file", "executable", "symlink", "gitlink"];

export function modeCode(mode: EntryMode): number {
  return MODES.indexOf(mode);
}

export function modeOfCode(code: number): EntryMode | undefined {
  return MODES[code];
}
