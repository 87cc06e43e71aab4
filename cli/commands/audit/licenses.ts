/** `audit licenses`: may this be distributed under Apache-2.0? And what has to be handed on with it. */
import { writeFile } from "node:fs/promises";
import * as Flags from "@oclif/core/flags";
import type { GuardResult, LicenceResult } from "@helios/policy";
import { AuditCommand, auditArgs, auditFlags, auditStatus } from "../../audit-command.ts";
import { licenceFlags, standardOutput, withOptionalValues } from "../../licence-flags.ts";

export default class AuditLicenses extends AuditCommand {
  static override summary = "Check the licences of every package of the lock file.";
  static override description =
    "Reads declared fields, licence texts, notices and bundles of npm, pnpm and yarn projects, and judges them by the " +
    "policy table. These are engineering verdicts, not legal advice. --notice and --sbom write what was found for those " +
    `who get the product; without a file, in place of the report. ${auditStatus}`;
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> ../some-project --json",
    "<%= config.bin %> <%= command.id %> --format sarif --out licences.sarif",
    "<%= config.bin %> <%= command.id %> --notice THIRD-PARTY-NOTICES --sbom bom.json",
    "<%= config.bin %> <%= command.id %> --print-policy > licence-policy.yaml",
    "<%= config.bin %> <%= command.id %> --policy licence-policy.yaml",
  ];
  static override args = auditArgs;
  static override flags = {
    ...auditFlags,
    ...licenceFlags,
    "print-policy": Flags.boolean({
      description: "print the policy table as a policy file, and do nothing else",
    }),
    notice: Flags.string({
      description: "write a third-party notices file; without FILE to standard output",
      helpValue: "[FILE]",
    }),
    sbom: Flags.string({
      description: "write a CycloneDX 1.6 SBOM; without FILE to standard output",
      helpValue: "[FILE]",
    }),
  };

  override async run(): Promise<unknown> {
    const { args, flags } = await this.parse(
      AuditLicenses,
      withOptionalValues(this.argv, ["notice", "sbom"]),
    );
    const { licenceGuard, licencePolicyText, loadLicencePolicy, policyTable } =
      await import("@helios/policy");
    const table = flags.policy === undefined ? policyTable : await loadLicencePolicy(flags.policy);
    if (flags["print-policy"]) {
      if (!this.jsonEnabled()) await this.write(licencePolicyText(table));
      return table;
    }
    return this.audit(["licences"], args.path, flags, undefined, {
      configured: [licenceGuard({ table })],
      instead: ([result]) => this.#documents(args.path, result, flags),
    });
  }

  /** Writes what was asked for; gives what belongs on standard output. */
  async #documents(
    root: string,
    found: GuardResult | undefined,
    { notice, sbom }: { readonly notice?: string | undefined; readonly sbom?: string | undefined },
  ): Promise<string | undefined> {
    if (notice === undefined && sbom === undefined) return undefined;
    const { noticeText, sbomText } = await import("@helios/policy");
    const result = found as LicenceResult;
    const shown: string[] = [];
    const put = async (target: string | undefined, text: () => Promise<string>): Promise<void> => {
      if (target === undefined) return;
      if (target === standardOutput) shown.push(await text());
      else await writeFile(target, await text());
    };
    await put(notice, () => noticeText(root, result));
    await put(sbom, () => sbomText(root, result, this.config.version));
    return shown.length === 0 ? undefined : shown.join("");
  }
}
