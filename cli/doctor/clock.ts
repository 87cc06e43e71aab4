import { type Check, ok, warning } from "./check.ts";

/** Coarser than this, percentiles of microsecond work are those of the clock. */
const COARSE_NS = 1000;
const SOURCE = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
/** Reading these leaves user space and costs about a microsecond each time. */
const slowSources = ["hpet", "acpi_pm", "jiffies"];

export const clockCheck: Check = {
  id: "clock",
  title: "clock",
  run(machine) {
    const stepNs = machine.clockStepNs();
    const source = machine.readText(SOURCE)?.trim();
    const found = `smallest step ${stepNs} ns${source === undefined ? "" : `, source ${source}`}`;
    const facts = { stepNs, source: source ?? null };
    if (!(stepNs <= COARSE_NS) || (source !== undefined && slowSources.includes(source)))
      return warning(
        `${found}: too coarse or too slow to time a commit`,
        "benchmarks need another machine, or the tsc clock source; storing works",
        facts,
      );
    return ok(found, facts);
  },
};
