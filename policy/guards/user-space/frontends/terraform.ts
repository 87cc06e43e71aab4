/** Terraform, OpenTofu, Nomad and Packer: HCL by our own reader, judged by block and key. */
import { parseHcl } from "../config/hcl.ts";
import { BudgetSpent } from "../config/node.ts";
import { scanBlocks, type ConfigScan } from "../config/schemas.ts";
import { distinct } from "../hit.ts";
import type { FrontEnd } from "../frontend.ts";

export const frontEnd: FrontEnd = {
  scan: (source, surroundings) => {
    const into: ConfigScan = { hits: [], problems: [], embed: surroundings.embed };
    try {
      const { root, error } = parseHcl(source.text);
      if (error !== undefined)
        into.problems.push({ code: "parse-error", reason: `HCL: ${error.reason}`, line: error.line });
      scanBlocks(root, into);
    } catch (error) {
      if (!(error instanceof BudgetSpent) && !(error instanceof RangeError)) throw error;
      into.problems.push({ code: "too-deep", reason: `HCL: ${error.message}`, line: 1 });
    }
    return { hits: distinct(into.hits), problems: into.problems };
  },
};
