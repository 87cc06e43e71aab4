/**
 * What a coding agent does: it takes up a task, edits a few files that lie together, commits, tries again, and now and
 * then gives up and rolls back, mostly a step or two and sometimes to where the task began. A new task begins in
 * another part of the tree. It moves forward on the whole: what is finished stays.
 *
 * Reading is not a step of a workload (reads are part of the proof, not of the time); an agent reads files far more
 * often than it writes them, so what is measured here is the smaller part of its day.
 *
 * Parameters: `entries`; `rollbackPercent` (default 20), the share of commits after which the agent rolls back;
 * `commitsPerTask` (default 8).
 */
import { type Edit, Random, type Step, type Workload } from "@helios/harness";
import { generatedBase } from "./edits.ts";
import { GeneratedTree, entriesParameter, replaceLine, wholeParameter } from "./generated-tree.ts";

/** A commit of the task at hand, and what the files held before it: undone when the agent rolls back. */
interface Done {
  readonly ordinal: number;
  readonly before: ReadonlyMap<number, string | undefined>;
  readonly addedBefore: readonly string[];
}

/** Files of a task lie within so many numbers of each other: a few directories. */
const TASK_FILES = 60;

export const agentLoop: Workload = {
  id: "agent-loop",
  title: "A few files edited, committed, now and then rolled back, task after task, as an agent does",

  *base(parameters, seed): Iterable<Edit> {
    yield* generatedBase(new GeneratedTree(entriesParameter(parameters), seed));
  },

  *steps(parameters, seed): Iterable<Step> {
    const tree = new GeneratedTree(entriesParameter(parameters), seed);
    const percent = { least: 0, most: 90, otherwise: 20 };
    const rollbackPercent = wholeParameter(parameters, "rollbackPercent", percent);
    const commitsPerTask = wholeParameter(parameters, "commitsPerTask", {
      least: 1,
      most: 1000,
      otherwise: 8,
    });
    const random = new Random(seed, "steps of agent-loop");
    /** What the files touched so far hold now; the others are what they were first. */
    const texts = new Map<number, string>();
    let added: string[] = [];
    let ordinal = -1;
    let standing = -1;
    for (let task = 0; ; task++) {
      const first = random.below(tree.entries);
      const taskBegan = standing;
      const done: Done[] = [];
      for (let commit = 0; commit < commitsPerTask; commit++) {
        const addedBefore = [...added];
        const before = new Map<number, string | undefined>();
        yield {
          kind: "commit",
          edits: taskEdits(tree, random, { first, texts, before, added, name: `${task}-${commit}` }),
        };
        standing = ++ordinal;
        done.push({ ordinal, before, addedBefore });
        if (random.below(100) >= rollbackPercent) continue;
        const stepsBack = random.below(4) === 0 ? done.length : 1 + random.below(2);
        for (const one of done.splice(-stepsBack).reverse()) {
          added = [...one.addedBefore];
          for (const [i, text] of one.before) {
            if (text === undefined) texts.delete(i);
            else texts.set(i, text);
          }
        }
        standing = done.at(-1)?.ordinal ?? taskBegan;
        yield { kind: "checkout", ordinal: standing };
      }
    }
  },
};

interface Task {
  readonly first: number;
  readonly texts: Map<number, string>;
  /** Filled with what the changed files held. */
  readonly before: Map<number, string | undefined>;
  readonly added: string[];
  readonly name: string;
}

/** One to four files of the task change; now and then a new one is added, or one that was added goes. */
function taskEdits(tree: GeneratedTree, random: Random, { first, texts, before, added, name }: Task): Edit[] {
  const near = (): number => (first + random.below(TASK_FILES)) % tree.entries;
  const files = new Set(Array.from({ length: 1 + random.below(4) }, near));
  const edits: Edit[] = [...files].map((i) => {
    const was = texts.get(i);
    const text = replaceLine(was ?? tree.text(i), random, tree.freshLine(random));
    before.set(i, was);
    texts.set(i, text);
    return { kind: "put", path: tree.path(i), bytes: Buffer.from(text), mode: "file" };
  });
  const chance = random.below(8);
  if (chance === 0) {
    const path = `work/task-${name}.ts`;
    added.push(path);
    edits.push({ kind: "put", path, bytes: Buffer.from(tree.freshText(random)), mode: "file" });
  } else if (chance === 1 && added.length > 0) {
    edits.push({ kind: "delete", path: added.splice(random.below(added.length), 1)[0] as string });
  }
  return edits;
}
