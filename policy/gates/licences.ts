/** No dependency whose licence forbids distribution under Apache-2.0: AGPL, GPL, source-available, proprietary. */
import { guardedGate } from "./guarded.ts";

export const licences = guardedGate({
  id: "licences",
  title: "Licences (no AGPL)",
  things: "packages",
  denied: "carry a denied licence",
  remedy: "replace the package, or record the choice that makes it acceptable in the exceptions file",
  command: "helios-cli audit licenses",
  evidence: (set) => set.licences,
});
