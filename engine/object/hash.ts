/**
 * BLAKE3, the engine's only hash.
 *
 * Two implementations, one function. The native build is the quicker one from about 2 KB on (10 GB/s at 1 MB against
 * 0.6), but each of its answers is a Buffer with a finaliser: for contents of 2 to 4 KB inside the commit path its P95
 * was 95 us where the WASM build's was 27. So it takes over where it wins by more than its tail costs. Both give the
 * digest of the BLAKE3 paper's reference implementation: the hash of a blob is what `b3sum` prints for the file.
 */
import { blake3 as nativeBlake3, Blake3Hasher } from "@napi-rs/blake-hash";
import { createBLAKE3 } from "hash-wasm";

export const HASH_BYTES = 32;

const NATIVE_FROM_BYTES = 8192;

/**
 * Tree nodes and the keys in them are hashed in BLAKE3's keyed mode, so no file content can pass for a node nor one of
 * the two for the other. The key is the plain BLAKE3 of its text; FORMAT.md names both.
 */
const NODE_KEY_TEXT = "helios tree node 1";
const KEYS_KEY_TEXT = "helios tree keys 1";

const plain = await createBLAKE3();
const keyedBy = (text: string) => createBLAKE3(256, plain.init().update(text).digest("binary"));
const ofNodes = await keyedBy(NODE_KEY_TEXT);
const ofKeys = await keyedBy(KEYS_KEY_TEXT);

/** BLAKE3 of the bytes: 32 bytes, a fresh array. */
export function hashBlob(bytes: Uint8Array): Uint8Array {
  return bytes.length < NATIVE_FROM_BYTES
    ? plain.init().update(bytes).digest("binary")
    : nativeBlake3(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/** What `hashBlob` gives, of bytes that come piece by piece. For large pieces: each call is one into native code. */
export class BlobHasher {
  readonly #hasher = new Blake3Hasher();

  update(bytes: Uint8Array): void {
    this.#hasher.update(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  digest(): Uint8Array {
    return this.#hasher.digestBuffer();
  }
}

/** Keyed BLAKE3 of what names a tree node: the digest of its keys and its values. 32 bytes, a fresh array. */
export function hashNode(body: Uint8Array): Uint8Array {
  return ofNodes.init().update(body).digest("binary");
}

/** Keyed BLAKE3 of the encoded keys of a tree node: 32 bytes, a fresh array. */
export function hashKeys(keys: Uint8Array): Uint8Array {
  return ofKeys.init().update(keys).digest("binary");
}
