/**
 * What all audit commands share: where to look, pardons, formats, and the exit status. A command names its guards;
 * the rest is here.
 */
import { writeFile } from "node:fs/promises";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Guard, GuardResult } from "@helios/policy";
import { BaseCommand } from "./base-command.ts";
import { CliError } from "./errors.ts";
import { exitOfGuard } from "./verdict-exit.ts";

export const auditArgs = {
  path: Args.string({ description: "project to audit", default: "." }),
};

export const auditFlags = {
  format: Flags.string({
    char: "f",
    description: "how to show what was found",
    options: ["terminal", "json", "markdown", "sarif"],
    default: "terminal",
  }),
  out: Flags.string({ char: "o", description: "file to write; default: standard output" }),
  also: Flags.string({
    description: "write the same result in another format too; may be given again",
    helpValue: "FORMAT=FILE",
    multiple: true,
  }),
  exceptions: Flags.string({
    description: "exceptions file; default: policy/exceptions.yaml or helios-exceptions.yaml of the project",
  }),
};

export const auditStatus = "Ends with 0 clean, 1 findings, 2 tool error, 3 not (fully) checked.";

/** What an audit can be told beyond its guards. */
interface AuditParts {
  /** Guards with settings of their own, in place of those of the same id. */
  readonly configured?: readonly Guard[];
  /** Called with all results; a text it gives is shown instead of the report. */
  readonly instead?: (results: readonly GuardResult[]) => Promise<string | undefined>;
  /** One line when everything passes. */
  readonly quiet?: boolean;
}

interface AuditFlags {
  readonly format: string;
  readonly out?: string | undefined;
  readonly also?: readonly string[] | undefined;
  readonly exceptions?: string | undefined;
}

export abstract class AuditCommand extends BaseCommand {
  /** Runs the guards one after the other, shows what they found and sets the exit status. */
  protected async audit(
    guardIds: readonly string[],
    path: string,
    flags: AuditFlags,
    more: () => Promise<readonly GuardResult[]> = () => Promise.resolve([]),
    { configured = [], instead, quiet = false }: AuditParts = {},
  ): Promise<unknown> {
    const { guards, loadExceptions } = await import("@helios/policy");
    const also = (flags.also ?? []).map(formatAndFile);
    const file = flags.exceptions === undefined ? {} : { file: flags.exceptions };
    const exceptions = await loadExceptions(path, { now: new Date(), ...file });
    const results: GuardResult[] = [];
    for (const known of guards.filter(({ id }) => guardIds.includes(id))) {
      const guard = configured.find(({ id }) => id === known.id) ?? known;
      const progress = this.progress(guard.title);
      const onProgress = ({ done, total }: { done: number; total: number | undefined }) =>
        progress.update(done, total);
      try {
        results.push(await guard.run({ root: path, exceptions, onProgress, signal: this.signal }));
      } finally {
        progress.done();
      }
    }
    results.push(...(await more()));
    const isSilent = quiet && results.every(({ verdict }) => verdict === "pass");
    const short = isSilent
      ? `helios: ${results.map(({ guard }) => `${guard} pass`).join(", ")}\n`
      : undefined;
    return this.#show(results, flags, also, (await instead?.(results)) ?? short);
  }

  async #show(
    results: readonly GuardResult[],
    flags: AuditFlags,
    also: readonly FormatAndFile[],
    instead: string | undefined,
  ): Promise<unknown> {
    const { guards } = await import("@helios/policy");
    const { auditReport, auditValue, findAuditFormat } = await import("@helios/reports");
    const { renderOptions } = await import("./render-options.ts");
    const rules = guards.flatMap((guard) => guard.rules ?? []);
    const report = auditReport(results, this.config.version, rules);
    const toFile = { colour: false, columns: 80 };
    for (const { format, file } of also)
      await writeFile(file, findAuditFormat(format).render(report, toFile));
    const options = flags.out === undefined ? renderOptions() : toFile;
    const text = instead ?? findAuditFormat(flags.format).render(report, options);
    if (flags.out !== undefined) {
      await writeFile(flags.out, text);
      this.log(`audit: ${report.verdict}; wrote ${flags.out}`);
    } else if (!this.jsonEnabled()) await this.write(text);
    this.exitWith(exitOfGuard(report.verdict));
    return auditValue(report);
  }
}

interface FormatAndFile {
  readonly format: string;
  readonly file: string;
}

/** `sarif=audit.sarif`; refused before anything runs. */
function formatAndFile(text: string): FormatAndFile {
  const at = text.indexOf("=");
  const format = text.slice(0, Math.max(0, at));
  const file = text.slice(at + 1);
  if (!auditFlags.format.options?.includes(format) || file === "")
    throw new CliError(
      "USAGE_FLAG",
      `--also takes FORMAT=FILE, not ${JSON.stringify(text)}`,
      `one of ${auditFlags.format.options?.join(", ") ?? ""}, for instance --also sarif=audit.sarif`,
    );
  return { format, file };
}
