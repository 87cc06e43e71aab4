/** No privileged kernel mechanism: overlayfs, mount, cgroups, namespaces, CAP_SYS_ADMIN and their like. */
import { guardedGate } from "./guarded.ts";

export const userSpaceOnly = guardedGate({
  id: "user-space-only",
  title: "User space only",
  things: "files",
  denied: "use a forbidden kernel mechanism",
  remedy: "do it in user space, or record why the line is harmless in the exceptions file",
  command: "helios-cli audit syscalls",
  evidence: (set) => set.userSpaceOnly,
});
