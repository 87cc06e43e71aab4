/** The design report for people: at most `columns` wide, before anything runs. */
import type { Design, DesignArm } from "@helios/experiments";
import { formatRatio } from "@helios/reports";
import { formatSeconds } from "./phases.ts";

export function designText(design: Design, columns = 80): string {
  const width = Math.max(40, Math.min(100, columns));
  const wrapped = (lead: string, text: string): string => wrap(lead, text, width);
  const { plan, runs, expectedSeconds, runsOfUnknownLength, mostSeconds } = design;
  const unknown =
    runsOfUnknownLength === 0
      ? ""
      : ` for ${runs - runsOfUnknownLength} of them; of the other ${runsOfUnknownLength} nothing is known on this machine yet`;
  const time =
    runsOfUnknownLength === runs
      ? "how long they take is not known on this machine yet"
      : `about ${formatSeconds(expectedSeconds)}${unknown}`;
  const lines = [
    `Design of ${plan.id}: ${plan.title}`,
    `  ${plan.hash}`,
    wrapped(
      "  ",
      `${runs} runs, ${time}; at most ${formatSeconds(mostSeconds)}, if every run took its whole limit.`,
    ),
    ...(plan.canGo ? [] : ["  This plan can say NO-GO or HOLD, never GO."]),
    "",
    ...design.cells.flatMap((cell) => [
      `  ${cell.cell}, ${cell.workload}, class ${cell.durability}, for ${cell.purpose.join(" and ")}`,
      ...cell.arms.map((arm) => wrapped("    ", armText(arm))),
    ]),
  ];
  if (design.gates.length > 0) lines.push("", "What each gate needs");
  for (const { gate, required, canGo, needs } of design.gates) {
    lines.push(
      `  ${gate}${required ? "" : " (not required)"}${canGo ? "" : ": this plan cannot satisfy it"}`,
    );
    lines.push(...needs.map((need) => wrapped("    - ", need)));
  }
  const shown = design.sensitivity.filter(
    ({ runs: [a, b] }, i, all) => i === all.findIndex((one) => one.runs[0] === a && one.runs[1] === b),
  );
  if (shown.length > 0)
    lines.push("", "What a comparison of two arms would see (probability 80 %, level 5 %)");
  for (const {
    runs: [a, b],
    spread,
    detectableRatio,
  } of shown) {
    const smallest =
      detectableRatio === undefined
        ? "nothing: the runs are too few"
        : `${formatRatio(detectableRatio)} and more`;
    const percent = Number((spread.value * 100).toPrecision(2));
    lines.push(
      wrapped("  ", `${a} against ${b} runs that spread by ${percent} % (${spread.source}): ${smallest}`),
    );
  }
  return `${lines.join("\n")}\n`;
}

function armText(arm: DesignArm): string {
  const { arm: name, subject, runs, warmup, operations, secondsPerRun, secondsSource, skipped } = arm;
  const who = name === subject ? name : `${name} (${subject})`;
  if (skipped !== undefined) return `${who}: skipped: ${skipped}`;
  const time =
    secondsPerRun === undefined ? "time not known" : `${formatSeconds(secondsPerRun)} each, ${secondsSource}`;
  return `${who}: ${runs} runs of ${operations} operations after ${warmup}; ${time}`;
}

/** `lead` before the first line, spaces before the others. */
function wrap(lead: string, text: string, width: number): string {
  const lines: string[] = [];
  let line = lead;
  for (const word of text.split(" ")) {
    const isFirst = line.trim() === lead.trim() && line.length === lead.length;
    if (!isFirst && line.length + 1 + word.length > width) {
      lines.push(line);
      line = " ".repeat(lead.length) + word;
    } else line += isFirst ? word : ` ${word}`;
  }
  return [...lines, line].join("\n");
}
