/**
 * A store around a store that packs values where that pays. Not used for the engine's own L2, which packs contents
 * itself (`object/packing.ts`) and holds hashes besides, which nothing packs; it is for backends where bytes cost more
 * than time.
 *
 * Codecs by length, as measured on source text on one core (one call of zlib costs 30 to 50 us whatever the length):
 *
 *  | length       | codec        | leaves | packs in    | unpacks in  |
 *  | ------------ | ------------ | ------ | ----------- | ----------- |
 *  | below 1 KiB  | none         | 0.6    | 40 to 60 us | 25 us       |
 *  | to 64 KiB    | zstd level 1 | 0.5-.35| 40 to 400 us| 30 to 150 us|
 *  | from 64 KiB  | zstd level 3 | 0.30   | 5 us/KiB    | 2 us/KiB    |
 *
 * A value begins with its codec: 0 and the bytes, or 1, its length when unpacked (u32) and a zstd frame.
 */
import { constants, zstdCompressSync } from "node:zlib";
import { HeliosError } from "../errors.ts";
import { unpack } from "../object/packing.ts";
import { type BandReport, CompressionBands, WORTH_IT } from "./compression-bands.ts";
import {
  assertBatch,
  type ObjectStore,
  type RangeOptions,
  type Row,
  type Space,
  type StoreWrite,
  VALUE_MAX_BYTES,
} from "./object-store.ts";

const CODEC_RAW = 0;
const CODEC_ZSTD = 1;
const RAW_HEADER_BYTES = 1;
const ZSTD_HEADER_BYTES = 5;

const PACK_FROM_BYTES = 1024;
const LEVEL_3_FROM_BYTES = 64 * 1024;

export interface CompressionOptions {
  /** A value that claims to be longer when unpacked is refused. Default: the longest value there can be. */
  readonly unpackedMaxBytes?: number;
}

export class CompressedStore implements ObjectStore {
  readonly kind: string;
  readonly #inner: ObjectStore;
  readonly #unpackedMaxBytes: number;
  readonly #bands = new CompressionBands();

  constructor(inner: ObjectStore, options: CompressionOptions = {}) {
    this.kind = inner.kind;
    this.#inner = inner;
    this.#unpackedMaxBytes = options.unpackedMaxBytes ?? VALUE_MAX_BYTES;
  }

  /** What packing came to so far, by space and length. */
  get bands(): readonly BandReport[] {
    return this.#bands.report();
  }

  /** As the inner store; OBJECT_CORRUPT for a value that is not what this wrote. */
  get(space: Space, key: Uint8Array): Buffer | undefined {
    const value = this.#inner.get(space, key);
    return value === undefined ? undefined : this.#unpacked(space, key, value);
  }

  write(batch: readonly StoreWrite[], options?: { readonly sync?: boolean }): void {
    // Of the values as they are: packing one too long for the inner store would hide it, or not.
    assertBatch(batch);
    this.#inner.write(
      batch.map((write) =>
        write.kind === "put" ? { ...write, value: this.#packed(write.space, write.value) } : write,
      ),
      options,
    );
  }

  range(space: Space, options?: RangeOptions): readonly Row[] {
    return this.#inner
      .range(space, options)
      .map(({ key, value }) => ({ key, value: this.#unpacked(space, key, value) }));
  }

  settle(): Promise<void> {
    return this.#inner.settle();
  }

  /** None: another thread would see packed values. */
  threadAccess(): undefined {}

  pauseThreads<T>(action: () => Promise<T>): Promise<T> {
    return this.#inner.pauseThreads(action);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #packed(space: Space, value: Uint8Array): Uint8Array {
    if (value.length >= PACK_FROM_BYTES && this.#bands.shouldTry(space, value.length)) {
      const level = value.length < LEVEL_3_FROM_BYTES ? 1 : 3;
      const frame = zstdCompressSync(value, { params: { [constants.ZSTD_c_compressionLevel]: level } });
      this.#bands.note(space, value.length, frame.length);
      if (frame.length < value.length * WORTH_IT) {
        const packed = Buffer.allocUnsafe(ZSTD_HEADER_BYTES + frame.length);
        packed[0] = CODEC_ZSTD;
        packed.writeUInt32LE(value.length, 1);
        packed.set(frame, ZSTD_HEADER_BYTES);
        return packed;
      }
    }
    const raw = Buffer.allocUnsafe(RAW_HEADER_BYTES + value.length);
    raw[0] = CODEC_RAW;
    raw.set(value, RAW_HEADER_BYTES);
    return raw;
  }

  #unpacked(space: Space, key: Uint8Array, value: Buffer): Buffer {
    if (value[0] === CODEC_RAW) return value.subarray(RAW_HEADER_BYTES);
    if (value[0] === CODEC_ZSTD && value.length >= ZSTD_HEADER_BYTES) {
      const length = value.readUInt32LE(1);
      if (length <= this.#unpackedMaxBytes) {
        const bytes = unpack(value.subarray(ZSTD_HEADER_BYTES), length);
        if (bytes !== undefined) return bytes;
      }
    }
    throw new HeliosError(
      "OBJECT_CORRUPT",
      `the value of ${Buffer.from(key).toString("hex")} in space "${space}" does not unpack`,
      "Restore the store from a copy; other values stay readable.",
    );
  }
}
