import { formatSuite } from "./format.suite.ts";
import { markdown } from "./markdown.ts";

formatSuite({
  format: markdown,
  golden: new URL("./report.golden.md", import.meta.url),
  forbidden: ["<script", "\u001b", "| [x]"],
});
