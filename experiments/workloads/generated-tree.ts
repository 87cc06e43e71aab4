/**
 * A source tree out of nothing but a seed: realistic paths (packages, areas, about twenty files to a directory),
 * text of 200 B to 4 KB with sizes spread evenly over their logarithm, as in real repositories. File i can be made
 * alone, so a workload holds only the files it has touched.
 */
import { HarnessError, Random, type WorkloadParameters } from "@helios/harness";

const LEAST_BYTES = 200;
const MOST_BYTES = 4096;
const FILES_PER_DIRECTORY = 20;
const DIRECTORIES_PER_PACKAGE = 10;
const MOST_ENTRIES = 10_000_000;
const BLOCK_LINES = 16_384;

const NOUNS =
  "account batch cache channel cursor digest entry filter graph handle index journal lease market".split(" ");
const VERBS =
  "apply build check close decode emit fetch group hold insert join load merge notify open parse".split(" ");
const AREAS = "api core data io model net query render store task".split(" ");
const ENDINGS = ["ts", "ts", "ts", "tsx", "css", "md", "json"];

export class GeneratedTree {
  readonly entries: number;
  readonly #seed: number;
  readonly #block: string;

  constructor(entries: number, seed: number) {
    this.entries = entries;
    this.#seed = seed;
    const random = new Random(seed, "lines of the generated tree");
    this.#block = Array.from({ length: BLOCK_LINES }, () => randomLine(random)).join("");
  }

  /** Path of file `i`; unique, because the number is in the name. */
  path(i: number): string {
    const directory = Math.floor(i / FILES_PER_DIRECTORY);
    const name = Math.floor(directory / DIRECTORIES_PER_PACKAGE);
    const mixed = mix(i, 0);
    const area = AREAS[directory % AREAS.length] as string;
    const verb = VERBS[mixed % VERBS.length] as string;
    const noun = NOUNS[(mixed >>> 8) % NOUNS.length] as string;
    const ending = ENDINGS[(mixed >>> 16) % ENDINGS.length] as string;
    return `packages/${NOUNS[name % NOUNS.length]}-${name}/src/${area}/${verb}-${noun}-${i}.${ending}`;
  }

  /** First text of file `i`. About 1 us. */
  text(i: number): string {
    return this.#text(`// file ${i}\n`, mix(i, this.#seed), mix(i, ~this.#seed));
  }

  /** Another text of the same kind. */
  freshText(random: Random): string {
    return this.#text(`// rewritten ${random.uint32()}\n`, random.uint32(), random.uint32());
  }

  freshLine(random: Random): string {
    return randomLine(random);
  }

  /** A first line that no other file has, then a piece of the block: making every line anew would take 10 us. */
  #text(first: string, sizeDraw: number, placeDraw: number): string {
    const sizeBytes = Math.floor(LEAST_BYTES * (MOST_BYTES / LEAST_BYTES) ** (sizeDraw / 2 ** 32));
    const from = placeDraw % (this.#block.length - MOST_BYTES);
    return `${first}${this.#block.slice(from, from + sizeBytes - first.length - 1)}\n`;
  }
}

/** A number that looks random for each `i` (the finaliser of MurmurHash3 by Appleby), the same everywhere. */
function mix(i: number, seed: number): number {
  let mixed = Math.imul(i + 1, 0x9e3779b1) ^ seed;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** A line of code-like ASCII with its line feed, 20 to 80 bytes. */
function randomLine(random: Random): string {
  const word = (): string => `${random.pick(VERBS)}${random.pick(NOUNS)}${random.below(1000)}`;
  const indent = " ".repeat(2 * random.below(4));
  switch (random.below(4)) {
    case 0:
      return `${indent}const ${word()} = ${word()}(${word()});\n`;
    case 1:
      return `${indent}if (${word()} > ${random.below(100_000)}) return ${word()};\n`;
    case 2:
      return `${indent}// ${word()} before ${word()}, or ${random.pick(NOUNS)} is lost\n`;
    default:
      return `${indent}${word()}.${random.pick(VERBS)}("${word()}");\n`;
  }
}

/** Replaces one line of a text by another; the text keeps its other lines. */
export function replaceLine(text: string, random: Random, line: string): string {
  const lines = text.split("\n");
  // The last piece is what follows the final line feed: nothing.
  lines[random.below(Math.max(1, lines.length - 1))] = line.slice(0, -1);
  return lines.join("\n");
}

/** A whole-number parameter, or WORKLOAD_PARAMETERS saying what is wanted. */
export function wholeParameter(
  parameters: WorkloadParameters,
  name: string,
  limits: { readonly least: number; readonly most: number; readonly otherwise?: number },
): number {
  const value = parameters[name] ?? limits.otherwise;
  if (Number.isSafeInteger(value) && Number(value) >= limits.least && Number(value) <= limits.most)
    return Number(value);
  throw new HarnessError(
    "WORKLOAD_PARAMETERS",
    `Parameter "${name}" must be a whole number from ${limits.least} to ${limits.most}, is ${JSON.stringify(value) ?? "missing"}`,
    `Set "${name}" in the cell's parameters of the plan.`,
  );
}

export function entriesParameter(parameters: WorkloadParameters): number {
  return wholeParameter(parameters, "entries", { least: 1, most: MOST_ENTRIES });
}
