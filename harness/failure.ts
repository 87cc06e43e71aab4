/**
 * Whose fault a failed run is. What the surroundings did to it (a server went away, memory ran out, the clock
 * jumped) says nothing of the subject, so such a run is made again, and listed; what the subject did itself is a
 * result and is never repeated until it pleases. A full disk is neither: every further run would fail too.
 */
export type FailureCause = "environment" | "subject" | "disk-full";

/** Codes of the system, of SQLite and of the engine for "no room". */
const DISK_FULL = new Set(["ENOSPC", "EDQUOT", "DISK_FULL", "SQLITE_FULL"]);

const ENVIRONMENT = new Set([
  // A server that went away or cannot be reached (connect(2), getaddrinfo(3)).
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "SUBJECT_UNAVAILABLE",
  // The machine had nothing left to give.
  "ENOMEM",
  "EAGAIN",
  "EMFILE",
  "ENFILE",
  // Somebody else ended the run, or it could not be started.
  "RUN_KILLED",
  "RUN_NOT_STARTED",
  "CLOCK_ANOMALY",
]);

/** SQLSTATE of a lost connection (class 08) and of a server that shuts down or starts (57P01 to 57P03). */
const SQL_SERVER_GONE = /^(08[0-9A-Z]{3}|57P0[123])$/;

export function causeOf(code: string): FailureCause {
  if (DISK_FULL.has(code)) return "disk-full";
  return ENVIRONMENT.has(code) || SQL_SERVER_GONE.test(code) ? "environment" : "subject";
}
