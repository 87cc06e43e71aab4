/**
 * The debug log: events of the engine as JSON lines, for the topics that a filter chooses.
 *
 * A filter is what people type into HELIOS_DEBUG: words separated by commas, each a topic (`engine:commit`), a pattern
 * (`engine:*`, `*`), or one of those with `-` before it, which takes away. This file reads no environment and writes
 * nowhere by itself; `debug.ts` and the command line do.
 */
import { channels, type EngineTopic } from "./channels.ts";

/** Which events are logged, and where to. */
export interface EventLogOptions {
  /** As HELIOS_DEBUG, e.g. `engine:*,-engine:commit`. */
  readonly filter: string;
  /** Gets one line at a time, newline included. */
  readonly write: (line: string) => void;
  /** Milliseconds since 1970; default the clock. */
  readonly now?: () => number;
}

const topics = Object.keys(channels) as EngineTopic[];

/**
 * Starts a log; the function it returns ends it. Each line is
 * `{"time": ISO 8601, "topic": "engine:commit", "pid": n, ...event}`. Cost: about 3 us an event; none for a topic that
 * the filter leaves out.
 */
export function logEvents({ filter, write, now = Date.now }: EventLogOptions): () => void {
  const ends = topicsOf(filter).map((topic) => {
    const onEvent = (event: unknown) => {
      const head = { time: new Date(now()).toISOString(), topic: `engine:${topic}`, pid: process.pid };
      write(`${JSON.stringify({ ...head, ...(event as object) })}\n`);
    };
    channels[topic].subscribe(onEvent);
    return () => {
      channels[topic].unsubscribe(onEvent);
    };
  });
  return () => {
    for (const end of ends) end();
  };
}

/** Words that name nothing of ours are for somebody else: the variable may be shared. */
function topicsOf(filter: string): EngineTopic[] {
  const words = filter.split(",").map((word) => word.trim());
  const added = words.filter((word) => word !== "" && !word.startsWith("-"));
  const taken = words.filter((word) => word.startsWith("-")).map((word) => word.slice(1));
  const chosen = (among: readonly string[], topic: string) => among.some((word) => matches(word, topic));
  return topics.filter((topic) => chosen(added, `engine:${topic}`) && !chosen(taken, `engine:${topic}`));
}

/** `*` stands for anything, at the end only. */
function matches(word: string, topic: string): boolean {
  return word.endsWith("*") ? topic.startsWith(word.slice(0, -1)) : topic === word;
}
