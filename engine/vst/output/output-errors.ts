/** What becomes of a failed system call on the output. */
import { errnoOf, HeliosError } from "../../errors.ts";

export function writeFailed(path: string, cause: unknown): unknown {
  const errno = errnoOf(cause);
  if (errno === undefined) return cause;
  switch (errno) {
    case "ENOSPC":
    case "EDQUOT":
      return new HeliosError(
        "DISK_FULL",
        `no space left while writing ${path} (${errno})`,
        "make room, or choose another disk; what is already written is found again",
        { path, cause },
      );
    case "EFBIG":
      return new HeliosError(
        "DISK_FULL",
        `${path} is larger than a file may be here (EFBIG)`,
        "raise the limit (ulimit -f), or choose another file system",
        { path, cause },
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new HeliosError(
        "OUTPUT_UNWRITABLE",
        `cannot write ${path} (${errno})`,
        "choose a directory you may write to",
        { path, cause },
      );
    case "ELOOP":
    case "ENOTDIR":
      return new HeliosError(
        "OUTPUT_UNSAFE",
        `cannot write ${path}: on the way to it is a symbolic link or a file, which is not followed (${errno})`,
        "remove it, or choose another output directory",
        { path, cause },
      );
    default:
      return new HeliosError(
        "OUTPUT_UNSAFE",
        `cannot write ${path} (${errno})`,
        "choose another output directory, or leave this path out with --select",
        { path, cause },
      );
  }
}
