/** Every report format, by hand: one line per file. */
import { ReportError } from "../errors.ts";
import type { ReportFormat } from "./format.ts";
import { html } from "./html.ts";
import { json } from "./json.ts";
import { markdown } from "./markdown.ts";
import { terminal } from "./terminal.ts";

export const formats: readonly ReportFormat[] = [json, markdown, html, terminal];

/** Throws FORMAT_UNKNOWN, naming the formats there are. */
export function findFormat(id: string): ReportFormat {
  const found = formats.find((format) => format.id === id);
  if (found) return found;
  throw new ReportError(
    "FORMAT_UNKNOWN",
    `there is no report format "${id}"`,
    `Use one of: ${formats.map((format) => format.id).join(", ")}.`,
  );
}
