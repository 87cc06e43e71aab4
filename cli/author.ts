/** Who commits, where the command line does not say. */
import { userInfo } from "node:os";

/** HELIOS_AUTHOR, or the name of the user; empty where there is neither. */
export function defaultAuthor(): string {
  return process.env["HELIOS_AUTHOR"] ?? userName();
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry, as in some containers.
    return "";
  }
}
