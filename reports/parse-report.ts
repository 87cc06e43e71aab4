/**
 * A stored report read back: checked against the published schema, because a run directory may come from
 * another machine, another version or another person's hands.
 */
import { Ajv2020 } from "ajv/dist/2020.js";
import { contradictionIn } from "./build-report.ts";
import { ReportError } from "./errors.ts";
import schema from "./report.schema.json" with { type: "json" };
import type { Report } from "./report.ts";

const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);

/** Places where `value` breaks the schema, as `path: problem`; empty when it keeps it. */
export function schemaProblems(value: unknown): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => {
    const extra = error.params["additionalProperty"] as string | undefined;
    return `${error.instancePath || "/"}: ${error.message}${extra === undefined ? "" : ` (${extra})`}`;
  });
}

/** Throws REPORT_VERSION for another version of the format, REPORT_INVALID for anything else that is not a report. */
export function parseReport(text: string): Report {
  const value = parseJson(text);
  const version = typeof value === "object" && value !== null && "format" in value ? value.format : undefined;
  if (typeof version === "string" && version.startsWith("helios-report/") && version !== "helios-report/1") {
    throw new ReportError(
      "REPORT_VERSION",
      `the report is in format ${JSON.stringify(version)}; this version reads helios-report/1`,
      "Use the version of helios-cli that wrote the report.",
    );
  }
  const problems = schemaProblems(value);
  if (problems.length > 0) {
    throw new ReportError(
      "REPORT_INVALID",
      `not a report: ${problems.slice(0, 5).join("; ")}`,
      "Write it anew with `helios-cli report recheck RUN_DIR`, or check what changed the file.",
    );
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema was just checked
  return consistent(value as Report);
}

/** A report that was edited by hand keeps the schema; it seldom keeps its verdict and its gates together. */
function consistent(report: Report): Report {
  const { verdict, gates, plan } = report;
  const contradiction = contradictionIn({ verdict, gates, canGo: plan.canGo });
  if (contradiction === undefined) return report;
  throw new ReportError(
    "REPORT_INVALID",
    `the report says ${verdict}, but ${contradiction}: it was changed after it was written`,
    "judge again from the raw samples: helios-cli report recheck RUN_DIR",
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ReportError(
      "REPORT_INVALID",
      `not JSON: ${(cause as Error).message}`,
      "The file was cut off or is not a report; look at the directory it came from.",
      { cause },
    );
  }
}
