/** `audit licenses`: may this be distributed under Apache-2.0? */
import { AuditCommand, auditArgs, auditFlags, auditStatus } from "../../audit-command.ts";

export default class AuditLicenses extends AuditCommand {
  static override summary = "Check the licences of every package of the lock file.";
  static override description = `Reads declared fields, licence texts and bundles, and judges them by the policy table. These are engineering verdicts, not legal advice. ${auditStatus}`;
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> ../some-project --json",
    "<%= config.bin %> <%= command.id %> --format sarif --out licences.sarif",
  ];
  static override args = auditArgs;
  static override flags = auditFlags;

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(AuditLicenses);
    return this.audit(["licences"], args.path, flags);
  }
}
