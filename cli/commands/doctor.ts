import { BaseCommand } from "../base-command.ts";
import type { Answer } from "../doctor/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { storeFlags } from "../store-command.ts";

const marks = { ok: "ok     ", warning: "warning", problem: "PROBLEM" } as const;

export default class Doctor extends BaseCommand {
  static override summary = "Look for problems of this machine and of the store's place.";
  static override description =
    "Loads each native backend in a process of its own, looks at Node.js, file system, disk space and speed (with what a " +
    "commit of class `power` will cost), memory, clock, left-over locks and temporary files, and the programs that the " +
    "validation needs. Each answer is ok, a warning (it works, and something is slower, smaller or less safe) or a " +
    "problem (it does not work, or a promise would not hold), with what to do. Nothing is changed. Exit status 1 if " +
    "there is a problem, else 0.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --store /mnt/fast/helios",
    "<%= config.bin %> <%= command.id %> --json",
  ];
  static override baseFlags = storeFlags;

  override async run(): Promise<unknown> {
    const { flags } = await this.parse(Doctor);
    const { discoverStore } = await import("@helios/engine");
    const { runChecks } = await import("../doctor/index.ts");
    const { thisMachine } = await import("../doctor/machine.ts");
    const place = discoverStore({
      flag: flags.store,
      environment: process.env["HELIOS_STORE"],
      from: flags.work ?? ".",
    });
    const checks = await runChecks(thisMachine(), place);
    const counts = { ok: 0, warning: 0, problem: 0 };
    for (const { status } of checks) counts[status]++;
    for (const check of checks) this.#show(check);
    this.log(`${counts.ok} ok, ${counts.warning} warnings, ${counts.problem} problems`);
    if (counts.problem > 0) this.exitWith(exitCodes.noGo);
    return { version: 1, store: place.root, counts, checks };
  }

  #show(check: Answer): void {
    this.log(`${marks[check.status]}  ${check.title}: ${check.found}`);
    if (check.status !== "ok") this.log(`         try: ${check.remedy}`);
  }
}
