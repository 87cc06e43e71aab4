/**
 * Compression of contents, by zstd as Node has it built in. Small ones are left alone: packing one costs more than a
 * whole commit, and only large ones make a journal or L2 large. What does not become a tenth smaller stays as it is.
 *
 * Level 1 takes about 0.1 ms for 20 KB of source and makes it about a quarter; higher levels cost more than they save.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { asBuffer } from "./ids.ts";

const PACK_FROM_BYTES = 4096;
const WORTH_IT = 0.9;
const options = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** The packed bytes, or undefined where packing does not pay. */
export function pack(bytes: Uint8Array): Buffer | undefined {
  if (bytes.length < PACK_FROM_BYTES) return undefined;
  const packed = zstdCompressSync(bytes, options);
  return packed.length < bytes.length * WORTH_IT ? packed : undefined;
}

/** The bytes, or undefined when they do not unpack to exactly `length`; never takes more memory than that. */
export function unpack(packed: Uint8Array, length: number): Buffer | undefined {
  try {
    const bytes = zstdDecompressSync(asBuffer(packed), { maxOutputLength: Math.max(1, length) });
    return bytes.length === length ? bytes : undefined;
  } catch {
    return undefined;
  }
}
