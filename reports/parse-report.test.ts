import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleReport } from "./example-report.ts";
import { parseReport, schemaProblems } from "./parse-report.ts";
import schema from "./report.schema.json" with { type: "json" };

const plain = () => JSON.parse(JSON.stringify(exampleReport)) as Record<string, unknown>;

/** Every object inside a value, with its place. */
function* objectsIn(value: unknown, place = ""): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [place, value as Record<string, unknown>];
  for (const [key, inner] of Object.entries(value)) yield* objectsIn(inner, `${place}/${key}`);
}

test("the example keeps the schema", () => {
  assert.deepEqual(schemaProblems(plain()), []);
});

test("the schema has a versioned name that promises no network", () => {
  assert.match(schema.$id, /^urn:.*:1$/);
});

test("a member the schema does not know is refused at every depth", () => {
  const free = /\/(parameters|tools)$/;
  const places = [...objectsIn(plain())].map(([place]) => place).filter((place) => !free.test(place));
  assert.ok(places.length > 20);
  for (const place of places) {
    const report = plain();
    const [, target] = [...objectsIn(report)].find(([each]) => each === place) ?? [];
    assert.ok(target);
    target["surprise"] = 1;
    assert.match(schemaProblems(report).join("\n"), /surprise/, place);
  }
});

test("a missing member is refused, except those that say by their absence that nothing was measured", () => {
  const optional =
    /^\/gates\/\d+\/(value|bound|remedy)$|\/(p50|p95|p99|ioPerCommit|ioReason|statesAgree|revision|skipped|runs|ratios|events)$|Us$|\/wcharPerCommit$|Share$/;
  for (const [place, object] of objectsIn(plain())) {
    if (/\/(parameters|tools)$/.test(place)) continue;
    for (const key of Object.keys(object)) {
      const report = plain();
      const target = [...objectsIn(report)].find(([each]) => each === place)?.[1];
      if (target) delete target[key];
      assert.equal(schemaProblems(report).length === 0, optional.test(`${place}/${key}`), `${place}/${key}`);
    }
  }
});

test("a gate that passes without evidence breaks the schema", () => {
  const report = plain() as { gates: { evidence: string; outcome: string }[] };
  const missing = report.gates.find((gate) => gate.evidence === "missing");
  assert.ok(missing);
  missing.outcome = "go";
  assert.notDeepEqual(schemaProblems(report), []);
});

test("text that is no report is refused with what to do", () => {
  for (const text of ["", "{", "null", "[]", "{}", '{"format":"other"}']) {
    assert.throws(() => parseReport(text), { code: "REPORT_INVALID" }, JSON.stringify(text));
  }
});

test("another version of the format is named", () => {
  const text = JSON.stringify({ ...plain(), format: "helios-report/2" });
  assert.throws(() => parseReport(text), { code: "REPORT_VERSION", message: /helios-report\/2/ });
});

test("what was written is what is read", () => {
  assert.deepEqual(parseReport(JSON.stringify(exampleReport)), plain());
});

test("a report whose verdict was changed by hand is refused", () => {
  for (const verdict of ["GO", "NO-GO"]) {
    const text = JSON.stringify({ ...plain(), verdict });
    assert.throws(() => parseReport(text), { code: "REPORT_INVALID", remedy: /recheck/ });
  }
});
