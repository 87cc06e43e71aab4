/**
 * Three-way merge of texts, line by line, as `diff3` does it (Khanna, Kunal, Pierce, "A Formal Investigation of Diff3",
 * FSTTCS 2007, section 3): lines of the base that both sides kept divide the texts into regions; where only one side
 * changed a region its lines are taken, where both made the same change it is taken once, and otherwise the region is a
 * conflict with the lines of both sides between markers.
 *
 * Lines are bytes (text-diff.ts), so an encoding that keeps ASCII's newline survives as it is.
 */
import { diffLines, splitLines } from "./text-diff.ts";

export interface TextMergeOptions {
  /** Written behind the markers. */
  readonly labels: { readonly ours: string; readonly base: string; readonly theirs: string };
  /** `diff3` shows the base's lines too. */
  readonly style: "merge" | "diff3";
}

export interface TextMerge {
  readonly content: Buffer;
  /** Regions between markers; 0: the sides go together. */
  readonly conflicts: number;
}

/** As git's; more where a side has such lines itself, so that a marker is never mistaken for content. */
const markerLength = 7;

type Region =
  | { readonly kind: "agreed"; readonly lines: readonly string[] }
  | {
      readonly kind: "conflict";
      readonly base: readonly string[];
      readonly ours: readonly string[];
      readonly theirs: readonly string[];
    };

export function mergeTexts(
  base: Uint8Array,
  ours: Uint8Array,
  theirs: Uint8Array,
  options: TextMergeOptions,
): TextMerge {
  const sides = { base: splitLines(base), ours: splitLines(ours), theirs: splitLines(theirs) };
  const regions = divide(sides.base, sides.ours, sides.theirs);
  const length = markerLengthFor(sides.ours, sides.theirs, sides.base);
  const newline = (sides.ours[0] ?? sides.theirs[0] ?? "").endsWith("\r\n") ? "\r\n" : "\n";
  const text = regions.map((region) =>
    region.kind === "agreed" ? region.lines.join("") : renderConflict(region, options, length, newline),
  );
  return {
    content: Buffer.from(text.join(""), "latin1"),
    conflicts: regions.filter(({ kind }) => kind === "conflict").length,
  };
}

function divide(base: readonly string[], ours: readonly string[], theirs: readonly string[]): Region[] {
  const inOurs = linesKept(base, ours);
  const inTheirs = linesKept(base, theirs);
  const regions: Region[] = [];
  let [b, o, t] = [0, 0, 0];
  while (b < base.length || o < ours.length || t < theirs.length) {
    let end = b;
    while (end < base.length && inOurs[end] === o + end - b && inTheirs[end] === t + end - b) end++;
    if (end > b) {
      regions.push({ kind: "agreed", lines: base.slice(b, end) });
      [b, o, t] = [end, o + end - b, t + end - b];
      continue;
    }
    while (end < base.length && (inOurs[end] === -1 || inTheirs[end] === -1)) end++;
    const [ourEnd, theirEnd] =
      end < base.length ? [inOurs[end]!, inTheirs[end]!] : [ours.length, theirs.length];
    regions.push(...decide(base.slice(b, end), ours.slice(o, ourEnd), theirs.slice(t, theirEnd)));
    [b, o, t] = [end, ourEnd, theirEnd];
  }
  return regions;
}

/** For each line of the base its place in the other text, or -1. */
function linesKept(base: readonly string[], other: readonly string[]): Int32Array {
  const kept = new Int32Array(base.length).fill(-1);
  for (const { kind, oldStart, newStart, length } of diffLines(base, other))
    if (kind === "same") for (let i = 0; i < length; i++) kept[oldStart + i] = newStart + i;
  return kept;
}

function decide(base: readonly string[], ours: readonly string[], theirs: readonly string[]): Region[] {
  if (sameLines(ours, base)) return [{ kind: "agreed", lines: theirs }];
  if (sameLines(theirs, base) || sameLines(ours, theirs)) return [{ kind: "agreed", lines: ours }];
  // What both sides wrote at its start and end is no part of the conflict.
  const shorter = Math.min(ours.length, theirs.length);
  let start = 0;
  while (start < shorter && ours[start] === theirs[start]) start++;
  let end = 0;
  while (end < shorter - start && ours[ours.length - 1 - end] === theirs[theirs.length - 1 - end]) end++;
  return [
    { kind: "agreed", lines: ours.slice(0, start) },
    {
      kind: "conflict",
      base,
      ours: ours.slice(start, ours.length - end),
      theirs: theirs.slice(start, theirs.length - end),
    },
    { kind: "agreed", lines: ours.slice(ours.length - end) },
  ];
}

function renderConflict(
  { base, ours, theirs }: Region & { readonly kind: "conflict" },
  { labels, style }: TextMergeOptions,
  length: number,
  newline: string,
): string {
  const marker = (sign: string, label: string) => `${sign.repeat(length)}${labelled(label)}${newline}`;
  const ended = (lines: readonly string[]) =>
    lines.map((line) => (line.endsWith("\n") ? line : line + newline)).join("");
  return [
    marker("<", labels.ours),
    ended(ours),
    ...(style === "diff3" ? [marker("|", labels.base), ended(base)] : []),
    marker("=", ""),
    ended(theirs),
    marker(">", labels.theirs),
  ].join("");
}

/** A label is one line; its bytes are those of its UTF-8. */
function labelled(label: string): string {
  // oxlint-disable-next-line eslint/no-control-regex -- control characters are what is replaced
  const line = label.replace(/[\u0000-\u001f\u007f]+/g, " ").trim();
  return line === "" ? "" : ` ${Buffer.from(line).toString("latin1")}`;
}

function markerLengthFor(...texts: readonly (readonly string[])[]): number {
  let length = markerLength;
  for (const lines of texts)
    for (const line of lines) {
      const run = /^(?:<{7,}|\|{7,}|={7,}|>{7,})/.exec(line)?.[0].length ?? 0;
      if (run >= length) length = run + 1;
    }
  return length;
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, i) => line === b[i]);
}
