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

const NOUNS =
  "account batch cache channel cursor digest entry filter graph handle index journal lease market".split(" ");
const VERBS =
  "apply build check close decode emit fetch group hold insert join load merge notify open parse".split(" ");
const AREAS = "api core data io model net query render store task".split(" ");
const ENDINGS = ["ts", "ts", "ts", "tsx", "css", "md", "json"];

export class GeneratedTree {
  readonly entries: number;
  readonly #seed: number;
  readonly #lines: readonly string[];

  constructor(entries: number, seed: number) {
    this.entries = entries;
    this.#seed = seed;
    const random = new Random(seed, "lines of the generated tree");
    this.#lines = Array.from({ length: 4096 }, () => randomLine(random));
  }

  /** Path of file `i`; unique, because the number is in the name. */
  path(i: number): string {
    const directory = Math.floor(i / FILES_PER_DIRECTORY);
    const name = Math.floor(directory / DIRECTORIES_PER_PACKAGE);
    // A cheap mix of the number picks the words; the order of paths is then not the order of numbers.
    const mixed = Math.imul(i + 1, 0x9e3779b1) >>> 0;
    const area = AREAS[directory % AREAS.length] as string;
    const verb = VERBS[mixed % VERBS.length] as string;
    const noun = NOUNS[(mixed >>> 8) % NOUNS.length] as string;
    const ending = ENDINGS[(mixed >>> 16) % ENDINGS.length] as string;
    return `packages/${NOUNS[name % NOUNS.length]}-${name}/src/${area}/${verb}-${noun}-${i}.${ending}`;
  }

  /** First text of file `i`. About 2 us. */
  text(i: number): string {
    return this.#text(new Random(this.#seed, `file ${i}`));
  }

  /** Another text of the same kind. */
  freshText(random: Random): string {
    return this.#text(random);
  }

  freshLine(random: Random): string {
    return randomLine(random);
  }

  #text(random: Random): string {
    const sizeBytes = Math.floor(LEAST_BYTES * (MOST_BYTES / LEAST_BYTES) ** random.float());
    let text = "";
    while (text.length < sizeBytes) text += random.pick(this.#lines);
    return text.slice(0, sizeBytes - 1) + "\n";
  }
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
