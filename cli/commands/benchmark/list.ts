/** `benchmark list`: what a plan can be made of. */
import { BaseCommand } from "../../base-command.ts";

interface Listed {
  readonly id: string;
  readonly title: string;
}

export default class BenchmarkList extends BaseCommand {
  static override summary = "List the plans, subjects, workloads and gates there are, a line each.";
  static override description =
    "A subject that cannot be measured here is listed with the reason. A plan of your own is a YAML file made of these: " +
    "`benchmark --print-plan --plan example-command` is a start, and harness/plan.schema.json completes it in editors.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --json",
  ];

  override async run(): Promise<unknown> {
    await this.parse(BenchmarkList);
    const { planNames, subjects, workloads } = await import("@helios/experiments");
    const { gates } = await import("@helios/policy");
    const { planFor } = await import("../../run-plan.ts");
    const plans = planNames.map((name) => {
      const { title, cells } = planFor(name);
      const runs = cells.flatMap(({ arms }) => arms).reduce((sum, arm) => sum + arm.runs, 0);
      return { id: name, title: `${title} (${cells.length} cells, ${runs} runs)` };
    });
    const listedSubjects = await Promise.all(
      subjects.map(async ({ id, title, durabilityClasses, availability }) => {
        const found = await availability();
        const here = found.kind === "available" ? "" : `; not here: ${found.reason}`;
        return {
          id,
          title: `${title} (${durabilityClasses.join(", ")})${here}`,
          durabilityClasses,
          ...(found.kind === "available" ? {} : { unavailable: found.reason }),
        };
      }),
    );
    const listedGates = gates.map(({ id, title, defaultLines: { go, noGo }, direction }) => {
      const sign = direction === "lower-is-better" ? "below" : "above";
      const text =
        go === 0 && noGo === 0
          ? "go with 0 findings"
          : go === noGo
            ? `go ${sign} ${go}`
            : `go ${sign} ${go}, no-go beyond ${noGo}`;
      return { id, title: `${title} (${text})` };
    });
    const listed = {
      plans,
      subjects: listedSubjects,
      workloads: workloads.map(({ id, title }) => ({ id, title })),
      gates: listedGates,
    };
    for (const [kind, items] of Object.entries(listed)) this.#list(kind, items);
    return listed;
  }

  #list(kind: string, items: readonly Listed[]): void {
    this.log(kind);
    const width = Math.max(...items.map(({ id }) => id.length));
    for (const { id, title } of items) this.log(`  ${id.padEnd(width)}  ${title}`);
    this.log("");
  }
}
