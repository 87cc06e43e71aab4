/** `audit vulnerabilities`: known advisories against what is locked for production. */
import { writeFile } from "node:fs/promises";
import * as Flags from "@oclif/core/flags";
import { AuditCommand, auditArgs, auditFlags, auditStatus } from "../../audit-command.ts";
import { vulnerabilityFlags, vulnerabilityGuardOf } from "../../vulnerability-flags.ts";

export default class AuditVulnerabilities extends AuditCommand {
  static override summary = "Check production dependencies for known vulnerabilities.";
  static override description =
    "Asks the registry that npm is configured for, for projects of npm, pnpm and yarn. Where it does not answer, a report " +
    "of npm audit or osv-scanner made elsewhere is imported: --bind ties it to the lock file it was made for, there. No " +
    `answer is not checked, never a pass. ${auditStatus}`;
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> ../some-project --json",
    "osv-scanner scan --format json --lockfile package-lock.json > osv.json; <%= config.bin %> <%= command.id %> --bind osv.json --out report.json",
    "<%= config.bin %> <%= command.id %> --import report.json --max-age 2",
  ];
  static override args = auditArgs;
  static override flags = {
    ...auditFlags,
    ...vulnerabilityFlags,
    bind: Flags.string({
      description: "report just made for this lock file: print it in a form to --import, and do nothing else",
      helpValue: "FILE",
      exclusive: ["import"],
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(AuditVulnerabilities);
    if (flags.bind !== undefined) return this.#bind(args.path, flags.bind, flags.out);
    return this.audit(["vulnerabilities"], args.path, flags, undefined, {
      configured: [await vulnerabilityGuardOf(flags)],
    });
  }

  async #bind(root: string, file: string, out: string | undefined): Promise<unknown> {
    const { boundReport } = await import("@helios/policy");
    const bound = await boundReport(root, file);
    const text = `${JSON.stringify(bound, undefined, 2)}\n`;
    if (out !== undefined) await writeFile(out, text);
    else if (!this.jsonEnabled()) await this.write(text);
    return bound;
  }
}
