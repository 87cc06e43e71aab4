/**
 * What all audit commands share: where to look, pardons, formats, and the exit status. A command names its guards;
 * the rest is here.
 */
import { writeFile } from "node:fs/promises";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { GuardResult } from "@helios/policy";
import { BaseCommand } from "./base-command.ts";
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
  exceptions: Flags.string({
    description: "exceptions file; default: policy/exceptions.yaml or helios-exceptions.yaml of the project",
  }),
};

export const auditStatus = "Ends with 0 clean, 1 findings, 2 tool error, 3 not (fully) checked.";

interface AuditFlags {
  readonly format: string;
  readonly out?: string | undefined;
  readonly exceptions?: string | undefined;
}

export abstract class AuditCommand extends BaseCommand {
  /** Runs the guards one after the other, shows what they found and sets the exit status. */
  protected async audit(
    guardIds: readonly string[],
    path: string,
    flags: AuditFlags,
    more: () => Promise<readonly GuardResult[]> = () => Promise.resolve([]),
  ): Promise<unknown> {
    const { guards, loadExceptions } = await import("@helios/policy");
    const file = flags.exceptions === undefined ? {} : { file: flags.exceptions };
    const exceptions = await loadExceptions(path, { now: new Date(), ...file });
    const results: GuardResult[] = [];
    for (const guard of guards.filter(({ id }) => guardIds.includes(id))) {
      const progress = this.progress(guard.title);
      const onProgress = ({ done, total }: { done: number; total: number | undefined }) =>
        progress.update(done, total);
      try {
        results.push(await guard.run({ root: path, exceptions, onProgress, signal: this.signal }));
      } finally {
        progress.done();
      }
    }
    return this.#show([...results, ...(await more())], flags);
  }

  async #show(results: readonly GuardResult[], flags: AuditFlags): Promise<unknown> {
    const { auditReport, auditValue, findAuditFormat } = await import("@helios/reports");
    const { renderOptions } = await import("./render-options.ts");
    const report = auditReport(results, this.config.version);
    const text = findAuditFormat(flags.format).render(
      report,
      flags.out === undefined ? renderOptions() : { colour: false, columns: 80 },
    );
    if (flags.out !== undefined) {
      await writeFile(flags.out, text);
      this.log(`audit: ${report.verdict}; wrote ${flags.out}`);
    } else if (!this.jsonEnabled()) await this.write(text);
    this.exitWith(exitOfGuard(report.verdict));
    return auditValue(report);
  }
}
