/** `audit vulnerabilities`: known advisories against what is installed. */
import { AuditCommand, auditArgs, auditFlags, auditStatus } from "../../audit-command.ts";

export default class AuditVulnerabilities extends AuditCommand {
  static override summary = "Check production dependencies for known vulnerabilities.";
  static override description = `Asks the registry that npm is configured for. No answer is not checked, never a pass. ${auditStatus}`;
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> ../some-project --json",
  ];
  static override args = auditArgs;
  static override flags = auditFlags;

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(AuditVulnerabilities);
    return this.audit(["vulnerabilities"], args.path, flags);
  }
}
