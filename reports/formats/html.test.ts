import { formatSuite } from "./format.suite.ts";
import { html } from "./html.ts";

formatSuite({
  format: html,
  golden: new URL("./report.golden.html", import.meta.url),
  forbidden: ["<script", "\u001b", "javascript:", "http://", "https://"],
});
