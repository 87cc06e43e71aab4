import { formatSuite } from "./format.suite.ts";
import { json } from "./json.ts";

formatSuite({
  format: json,
  golden: new URL("./report.golden.json", import.meta.url),
  forbidden: ["\u001b"],
});
