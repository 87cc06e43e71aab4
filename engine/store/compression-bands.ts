/**
 * Which values are worth packing, learned from those that were: values of one space and about one size resemble each
 * other. A band is a space and a power of two of lengths. For each it keeps a moving average of what packing left, and
 * while that does not pay, only every `PROBE_EVERY`th value is tried, to notice when other contents come.
 */
import type { Space } from "./object-store.ts";

/** What must not be exceeded to pay: a tenth saved is the least that is worth unpacking at each read. */
export const WORTH_IT = 0.9;
/** Weight of the newest value in the average. */
const NEWEST = 1 / 8;
/** Values before a band is judged. */
const SAMPLES_MIN = 8;
const PROBE_EVERY = 64;

interface Band {
  ratio: number;
  samples: number;
  skipped: number;
}

export interface BandReport {
  readonly space: Space;
  /** Values of this length up to twice as long, exclusively. */
  readonly fromBytes: number;
  /** Moving average of packed length by length. */
  readonly ratio: number;
  readonly tried: number;
  readonly skipped: number;
}

export class CompressionBands {
  readonly #bands = new Map<string, Band>();

  /** Whether to try to pack a value of this length. */
  shouldTry(space: Space, sizeBytes: number): boolean {
    const band = this.#bands.get(nameOf(space, sizeBytes));
    if (band === undefined || band.samples < SAMPLES_MIN || band.ratio <= WORTH_IT) return true;
    band.skipped++;
    return band.skipped % PROBE_EVERY === 0;
  }

  /** Notes what packing a value of this length came to. */
  note(space: Space, sizeBytes: number, packedBytes: number): void {
    const name = nameOf(space, sizeBytes);
    const ratio = packedBytes / sizeBytes;
    const band = this.#bands.get(name);
    if (band === undefined) {
      this.#bands.set(name, { ratio, samples: 1, skipped: 0 });
      return;
    }
    // The first samples weigh the same, so that the very first does not weigh most.
    band.samples++;
    band.ratio += (ratio - band.ratio) * Math.max(NEWEST, 1 / band.samples);
  }

  report(): BandReport[] {
    return Array.from(this.#bands, ([name, { ratio, samples, skipped }]) => {
      const [space, exponent] = name.split(" ") as [Space, string];
      return { space, fromBytes: 2 ** Number(exponent), ratio, tried: samples, skipped };
    });
  }
}

function nameOf(space: Space, sizeBytes: number): string {
  return `${space} ${Math.floor(Math.log2(Math.max(1, sizeBytes)))}`;
}
