import assert from "node:assert/strict";
import { test } from "node:test";
import { subjectNamed, subjects } from "./index.ts";

test("every subject is listed once and found by its name", () => {
  assert.equal(new Set(subjects.map(({ id }) => id)).size, subjects.length);
  for (const subject of subjects) assert.equal(subjectNamed(subject.id), subject);
});

test("an unknown subject is refused, with the known ones", () => {
  assert.throws(() => subjectNamed("cvs"), { code: "SUBJECT_UNKNOWN", remedy: /helios, git/ });
});
