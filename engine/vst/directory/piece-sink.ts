/**
 * A large file on its way into the store: read, hashed and stored piece by piece, so that none is ever in memory as a
 * whole. The pieces are objects of their own, and one more object lists them.
 */
import { BlobHasher, hashBlob } from "../../object/hash.ts";
import { hashKeyOf } from "../../object/ids.ts";
import type { ObjectStore } from "../../store/object-store.ts";
import { blobWrite, PIECE_BYTES, piecesWrite } from "../../store/objects.ts";

/** From this size on a file is stored in pieces. Smaller ones are packed as a whole, and may be deltas. */
export const LARGE_FROM_BYTES = 4 * PIECE_BYTES;

export class PieceSink {
  readonly #store: ObjectStore | undefined;
  #hasher = new BlobHasher();
  #pieces: Uint8Array[] = [];
  #lengthBytes = 0;
  #buffer: Buffer | undefined;

  /** Without a store, contents are only hashed. */
  constructor(store: ObjectStore | undefined) {
    this.#store = store;
  }

  /** To read a piece into. */
  get buffer(): Buffer {
    return (this.#buffer ??= Buffer.allocUnsafeSlow(PIECE_BYTES));
  }

  begin(): void {
    this.#hasher = new BlobHasher();
    this.#pieces = [];
    this.#lengthBytes = 0;
  }

  take(piece: Buffer): void {
    this.#hasher.update(piece);
    this.#lengthBytes += piece.length;
    if (this.#store === undefined) return;
    const hash = hashBlob(piece);
    this.#pieces.push(hash);
    this.#store.write([blobWrite(hashKeyOf(hash), piece)]);
  }

  /** Hash and length of the content, which the store now has. */
  end(): { readonly hash: Uint8Array; readonly lengthBytes: number } {
    const hash = this.#hasher.digest();
    this.#store?.write([piecesWrite(hash, this.#lengthBytes, this.#pieces)]);
    return { hash, lengthBytes: this.#lengthBytes };
  }
}
