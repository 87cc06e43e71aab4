/**
 * Turns the debug log on for a whole program, without a change to it:
 *
 *   HELIOS_DEBUG=engine:* node --import @helios/engine/debug program.js
 *
 * Lines go to stderr. Importing this is the only way in which the engine reads the environment.
 */
import { writeSync } from "node:fs";
import { logEvents } from "./event-log.ts";

const filter = process.env["HELIOS_DEBUG"];
if (filter !== undefined && filter !== "") logEvents({ filter, write: toStderr });

/** Synchronously: the last lines before a crash are the ones that are wanted. A log nobody can read stops nothing. */
function toStderr(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // A closed or full pipe.
  }
}
