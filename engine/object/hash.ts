/**
 * BLAKE3, the engine's only hash.
 *
 * Two implementations, one function: the WASM build answers small inputs sooner because it needs no call into
 * native code, the native build wins from about 2 KB on (measured: wasm 0.28 us / 128 B, 1.1 us / 1 KB; native
 * 2.2 us / 1-4 KB, 7 us / 64 KB). Both give the digest of the BLAKE3 paper's reference implementation, so the
 * hash of a blob is what `b3sum` prints for the file.
 */
import { blake3 as nativeBlake3 } from "@napi-rs/blake-hash";
import { createBLAKE3 } from "hash-wasm";

export const HASH_BYTES = 32;

const NATIVE_FROM_BYTES = 2048;

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

/** Keyed BLAKE3 of what names a tree node: the digest of its keys and its values. 32 bytes, a fresh array. */
export function hashNode(body: Uint8Array): Uint8Array {
  return ofNodes.init().update(body).digest("binary");
}

/** Keyed BLAKE3 of the encoded keys of a tree node: 32 bytes, a fresh array. */
export function hashKeys(keys: Uint8Array): Uint8Array {
  return ofKeys.init().update(keys).digest("binary");
}
