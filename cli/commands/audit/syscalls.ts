/** `audit syscalls`: the user-space-only guard. */
import { AuditCommand, auditArgs, auditFlags, auditStatus } from "../../audit-command.ts";

export default class AuditSyscalls extends AuditCommand {
  static override summary = "Check that no forbidden kernel mechanism is used.";
  static override description = `Parses sources, configuration and binaries for overlayfs, mounts, cgroups, namespaces and privileged calls. ${auditStatus}`;
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> src --format sarif --out syscalls.sarif",
    '<%= config.bin %> <%= command.id %> --exec "npm test"',
  ];
  static override args = auditArgs;
  static override flags = auditFlags;

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(AuditSyscalls);
    return this.audit(["user-space-only"], args.path, flags);
  }
}
