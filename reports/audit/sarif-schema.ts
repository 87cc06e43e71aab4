/**
 * Whether a value is SARIF 2.1.0, by the schema that OASIS publishes (`fixtures/`), for tests. The formats the schema
 * names are checked as far as they can decide about our output: a wrong URI or time would be refused by a service.
 */
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";

const ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
ajv.addFormat("uri", (text) => URL.canParse(text));
ajv.addFormat("uri-reference", (text) => !/[\s\\^`{}|<>"]/.test(text) && URL.canParse(text, "file:///root/"));
ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/);

const schema = JSON.parse(
  readFileSync(new URL("fixtures/sarif-2.1.0.schema.json", import.meta.url), "utf8"),
) as object;
const validate = ajv.compile(schema);

/** Places where `value` breaks the schema; empty when it keeps it. */
export function sarifProblems(value: unknown): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath || "/"}: ${message ?? ""} ${JSON.stringify(params)}`,
  );
}
