/**
 * The contract of a report format: a pure function from the report value to text. A format adds no fact and
 * leaves none of the verdict out; `format.suite.ts` is the law every format is held to.
 */
import type { Report } from "../report.ts";

export interface RenderOptions {
  /** ANSI colour; only formats for terminals look at it. */
  readonly colour: boolean;
  /** Widest line, for formats that wrap. */
  readonly columns: number;
}

export interface ReportFormat {
  /** What `--format` takes. */
  readonly id: string;
  readonly title: string;
  readonly mediaType: string;
  /** File name in a run directory; undefined where the format is only shown. */
  readonly fileName: string | undefined;
  render(report: Report, options: RenderOptions): string;
}
