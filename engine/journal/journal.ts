/**
 * The journal: an append-only sequence of commit records. This file is the contract and the door to what implements it:
 * segment files with one writer, a follower of those files, and memory.
 */
import type { Frame, Position } from "./frame.ts";

export { FileJournal, type FileJournalOptions } from "./file-journal.ts";
export { JournalFollower } from "./follower.ts";
export { type Frame, FIRST_POSITION, type Position, SEGMENT_HEADER_BYTES } from "./frame.ts";
export { MemoryJournal } from "./memory-journal.ts";

export interface Journal {
  /** Where the next record goes. */
  readonly end: Position;
  /**
   * Appends `bytes`, whose first FRAME_BYTES are room for the frame. On return it is as durable as class and
   * consistency say; with `deferSync`, class `power` leaves that to `syncLater`.
   */
  append(bytes: Buffer, deferSync?: boolean): Position;
  /** The frame at a position; a copy. */
  read(position: Position): Frame;
  /** All frames from a position on. */
  scan(from: Position): IterableIterator<Frame>;
  /** Hands what is held back to the operating system: it then survives the death of the process. */
  flush(): void;
  /** Forces what was appended to stable storage. */
  sync(): void;
  /** As `sync`, without waiting; appends that come while one is under way share the next. */
  syncLater(): Promise<void>;
  close(): void;
}
