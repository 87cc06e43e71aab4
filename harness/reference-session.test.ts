/** The reference obeys the law it is the measure of: it must pass its own suite, as a subject of class memory. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ReferenceSession } from "./reference-session.ts";
import { subjectSuite } from "./subject.suite.ts";

subjectSuite(
  {
    id: "reference",
    title: "A map",
    durabilityClasses: ["memory"],
    workingSet: "internal",
    availability: () => Promise.resolve({ kind: "available", version: "1" }),
    open: () => Promise.resolve(new ReferenceSession()),
  },
  { describe, test },
);

// The suite compares the reference with itself, so what it should hold is said once in plain words.
test("uncommitted edits are dropped by a checkout, and a state is what it was when committed", () => {
  const session = new ReferenceSession();
  const text = (path: string): string | undefined =>
    session.read(path) && Buffer.from(session.read(path) ?? []).toString();
  const put = (path: string, content: string): void =>
    session.apply([{ kind: "put", path, bytes: Buffer.from(content), mode: "file" }]);
  const base = session.load([{ kind: "put", path: "a", bytes: Buffer.from("0"), mode: "file" }]);
  put("a", "1");
  put("b", "1");
  const first = session.commit();
  session.checkout(base);
  assert.deepEqual([text("a"), text("b"), session.count()], ["0", undefined, 1]);
  session.apply([{ kind: "delete", path: "a" }]);
  const second = session.commit();
  put("c", "never committed");
  session.checkout(first);
  assert.deepEqual([text("a"), text("b"), text("c"), session.count()], ["1", "1", undefined, 2]);
  session.checkout(second);
  assert.equal(session.count(), 0);
  session.checkout(base);
  assert.deepEqual([text("a"), session.mode("a")], ["0", "file"]);
});
