import { errnoOf, HeliosError } from "../../errors.ts";

/** Something of a directory that the system does not let this process read: a snapshot never lacks it in silence. */
export function unreadable(path: string, cause: unknown): HeliosError {
  const errno = errnoOf(cause) ?? "unknown error";
  const remedy =
    errno === "ENOENT"
      ? "name a directory that exists"
      : "make it readable, or leave it out with a line in .heliosignore; nothing was committed";
  return new HeliosError("DIRECTORY_UNREADABLE", `cannot read ${path} (${errno})`, remedy, { path, cause });
}
