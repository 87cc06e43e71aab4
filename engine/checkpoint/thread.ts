/**
 * The thread of background.ts. It keeps nothing from one request to the next but cached objects: each time it reads the
 * journal from the last checkpoint on, computes the states that are to be kept, and writes what `Core.writeCheckpoint`
 * would have written.
 */
import { workerData } from "node:worker_threads";
import { History, indexWrites } from "../history.ts";
import { JournalFollower, type Position } from "../journal/journal.ts";
import { RecordReader } from "../journal/record.ts";
import { seenIn } from "../object/id-log.ts";
import type { Sequence } from "../object/ids.ts";
import { openFromThread } from "../store/backends.ts";
import { L1Cache } from "../store/l1-cache.ts";
import {
  type CheckpointMark,
  deletedRefWrite,
  idWrite,
  L2Writer,
  markWrite,
  refWrite,
  u48be,
} from "../store/l2-writer.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { Objects, placeWrite } from "../store/objects.ts";
import { type CheckpointOutcome, type CheckpointRequest, STATUS, type ThreadData } from "./background.ts";
import { LineReplay } from "./line-replay.ts";

/** The tree nodes that the next checkpoint begins with. */
const L1_BYTES = 32 * 1024 * 1024;

const { access, journalDirectory, durability, status, port } = workerData as ThreadData;
const statusWord = new Int32Array(status);
const l1 = new L1Cache(L1_BYTES);
let l2: ObjectStore | undefined;

/** What the journal holds since the last checkpoint. */
interface Tail {
  readonly records: ReadonlyMap<Sequence, Buffer>;
  readonly positions: readonly Position[];
  readonly refs: ReadonlyMap<string, Sequence>;
  readonly deletedRefs: ReadonlySet<string>;
}

function readTail(store: ObjectStore, journal: JournalFollower, { from, until }: CheckpointRequest): Tail {
  const records = new Map<Sequence, Buffer>();
  const positions: Position[] = [];
  const deletedRefs = new Set<string>();
  const refs = new Map<string, Sequence>();
  for (const row of store.range("refs")) refs.set(row.key.toString(), row.value.readUIntLE(0, 6));
  let end = from.position;
  for (const { record, position, next } of journal.scan(from.position)) {
    // The ids and places of what comes behind are not in the request.
    if (position >= until) break;
    end = next;
    const move = RecordReader.refMove(record);
    if (move === undefined) {
      const { head } = new RecordReader(record);
      records.set(head.sequence, record);
      positions.push(position);
      if (head.ref !== "") refs.set(head.ref, head.sequence);
    } else if (move.sequence === undefined) {
      refs.delete(move.name);
      deletedRefs.add(move.name);
    } else {
      refs.set(move.name, move.sequence);
    }
  }
  if (end !== until && journal.end < until) throw new Error(`the journal ends at ${end}, not ${until}`);
  return { records, positions, refs, deletedRefs };
}

function writeCheckpoint(store: ObjectStore, request: CheckpointRequest): CheckpointMark {
  const { from, until, ids, places } = request;
  const journal = new JournalFollower(journalDirectory, from.position);
  try {
    const tail = readTail(store, journal, request);
    journal.sync();
    const objects: Objects = new Objects(l1, store, (sequence, key) => history.contentOf(sequence, key));
    const history = new History(objects, store, journal, from.nextSequence);
    const writer = new L2Writer(store, objects);
    const replay = new LineReplay({
      record: (sequence) => tail.records.get(sequence),
      rootOf: (sequence) => history.rootOf(sequence),
      loadRoot: (hash) => objects.loadNode(hash),
      newTree: (root) => history.newTree(root),
      readContent: (key) => objects.readBlob(key),
      keep(sequence, root, contents) {
        writer.batched(contents, ({ key, bytes, base }) => objects.pendingWrite(key, { bytes, base }));
        // Whoever replays on from here needs them again.
        for (const { key, bytes } of contents) l1.put(key, bytes);
        writer.nodes(root);
        writer.root(sequence, root);
      },
    });
    for (const sequence of [...new Set(tail.refs.values())].sort((a, b) => a - b))
      if (store.get("roots", u48be(sequence)) === undefined) replay.keep(sequence);
    writer.batched(seenIn(places), ({ hash, sequence }) => placeWrite(hash, sequence));
    writer.batched(seenIn(ids), ({ hash, sequence }) => idWrite(hash, sequence));
    const mark = { nextSequence: from.nextSequence + tail.positions.length, position: until };
    store.write(
      [
        ...Array.from(tail.deletedRefs, deletedRefWrite),
        ...Array.from(tail.refs, ([name, sequence]) => refWrite(name, sequence)),
        ...indexWrites(from.nextSequence, tail.positions),
        markWrite(mark),
      ],
      { sync: durability === "power" },
    );
    return mark;
  } finally {
    journal.close();
  }
}

async function answer(request: CheckpointRequest): Promise<CheckpointOutcome> {
  try {
    l2 ??= await openFromThread(access);
    return { ok: true, mark: writeCheckpoint(l2, request) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

port.on("message", (request: CheckpointRequest) => {
  void reply(request);
});

async function reply(request: CheckpointRequest): Promise<void> {
  port.postMessage(await answer(request));
  Atomics.store(statusWord, 0, STATUS.finished);
  Atomics.notify(statusWord, 0);
}
