/**
 * Failure on demand at the system-call seam: replaces functions of `node:fs` for every importer, so that the engine
 * under test runs unchanged. `syncBuiltinESMExports` makes named imports see the replacement.
 *
 * A worker thread has modules of its own: the faults of this thread do not reach it.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/** Calls that bring a store's bytes to the disk. */
export const WRITING_CALLS = [
  "writeSync",
  "writevSync",
  "fdatasyncSync",
  "fsyncSync",
  "ftruncateSync",
] as const;
export type WritingCall = (typeof WRITING_CALLS)[number];

export interface CallSeen {
  readonly call: WritingCall;
  readonly fd: number;
  /** Number of the call among all seen, from 1. */
  readonly n: number;
  /** Makes the call as it was; for a write, of the first `length` bytes only. */
  readonly proceed: (length?: number) => unknown;
}

/** What a call does instead: throws, answers, or proceeds. */
export type Fault = (seen: CallSeen) => unknown;

type AnyCall = (...args: unknown[]) => unknown;

/** Replaces the calls until the returned function is called. */
export function interceptWrites(fault: Fault): () => void {
  const originals = new Map<WritingCall, AnyCall>();
  const mutable = fs as unknown as Record<WritingCall, AnyCall>;
  let n = 0;
  for (const call of WRITING_CALLS) {
    const original = mutable[call];
    originals.set(call, original);
    mutable[call] = (...args: unknown[]) => {
      n++;
      const proceed = (length?: number) =>
        original(...(length === undefined ? args : shortened(call, args, length)));
      return fault({ call, fd: args[0] as number, n, proceed });
    };
  }
  syncBuiltinESMExports();
  return () => {
    for (const [call, original] of originals) mutable[call] = original;
    syncBuiltinESMExports();
  };
}

/** The arguments of a write that writes less. */
function shortened(call: WritingCall, args: readonly unknown[], length: number): unknown[] {
  if (call === "writevSync") {
    const [fd, buffers, position] = args as [number, NodeJS.ArrayBufferView[], number | null];
    const joined = Buffer.concat(
      buffers.map((each) => Buffer.from(each.buffer, each.byteOffset, each.byteLength)),
    );
    return [fd, [joined.subarray(0, length)], position];
  }
  const [fd, buffer, offset, size, position] = args as [number, Uint8Array, number, number, number];
  return [fd, buffer, offset, Math.min(length, size ?? buffer.length), position];
}

/** An error as the operating system's: what `fs` throws for this errno. */
export function systemError(code: "EIO" | "ENOSPC" | "EDQUOT" | "EFBIG" | "EROFS", call: string): Error {
  const numbers = { EIO: -5, EFBIG: -27, ENOSPC: -28, EROFS: -30, EDQUOT: -122 };
  return Object.assign(new Error(`${code}: injected, ${call}`), {
    code,
    errno: numbers[code],
    syscall: call,
  });
}
