/** `audit all`: every guard, one summary. */
import { AuditCommand, auditArgs, auditFlags, auditStatus } from "../../audit-command.ts";
import { licenceFlags } from "../../licence-flags.ts";
import { vulnerabilityFlags, vulnerabilityGuardOf } from "../../vulnerability-flags.ts";

export default class AuditAll extends AuditCommand {
  static override summary = "Run every guard and give one verdict.";
  static override description = `The worst of the guards decides: one that fails fails all, one that is not checked keeps all from passing. ${auditStatus}`;
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> ../some-project",
    '<%= config.bin %> <%= command.id %> --format markdown >> "$GITHUB_STEP_SUMMARY"',
    "<%= config.bin %> <%= command.id %> --policy licence-policy.yaml --import report.json",
  ];
  static override args = auditArgs;
  static override flags = { ...auditFlags, ...licenceFlags, ...vulnerabilityFlags };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(AuditAll);
    const { guards, licenceGuard, loadLicencePolicy } = await import("@helios/policy");
    const licences =
      flags.policy === undefined ? [] : [licenceGuard({ table: await loadLicencePolicy(flags.policy) })];
    const every = guards.map(({ id }) => id);
    return this.audit(every, args.path, flags, undefined, {
      configured: [...licences, await vulnerabilityGuardOf(flags)],
    });
  }
}
