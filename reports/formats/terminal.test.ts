import { formatSuite } from "./format.suite.ts";
import { terminal } from "./terminal.ts";

formatSuite({
  format: terminal,
  golden: new URL("./report.golden.txt", import.meta.url),
  forbidden: ["\u001b"],
});
