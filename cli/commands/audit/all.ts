/** `audit all`: every guard, one summary. */
import { AuditCommand, auditArgs, auditFlags, auditStatus } from "../../audit-command.ts";

export default class AuditAll extends AuditCommand {
  static override summary = "Run every guard and give one verdict.";
  static override description = `The worst of the guards decides: one that fails fails all, one that is not checked keeps all from passing. ${auditStatus}`;
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> ../some-project",
    '<%= config.bin %> <%= command.id %> --format markdown >> "$GITHUB_STEP_SUMMARY"',
  ];
  static override args = auditArgs;
  static override flags = auditFlags;

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(AuditAll);
    return this.audit(["licences", "user-space-only", "vulnerabilities"], args.path, flags);
  }
}
