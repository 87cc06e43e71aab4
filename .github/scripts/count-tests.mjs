/**
 * A node:test reporter that writes how many tests ran and which failed, as JSON. It is how `test.mjs`, and through
 * it the coverage gate, knows that something ran: an exit status of 0 alone also comes from a run of nothing.
 */
import { relative } from "node:path";

/** So many failed tests are named; the count tells of the others. */
const MOST_NAMED = 20;

/** @param {AsyncIterable<import("node:test").TestEvent>} source */
export default async function* countTests(source) {
  const failedTests = [];
  for await (const event of source) {
    if (event.type === "test:fail" && isTest(event.data) && failedTests.length < MOST_NAMED) {
      const { file, name } = event.data;
      failedTests.push(file === undefined ? name : `${relative(process.cwd(), file)}: ${name}`);
    }
    // One summary per file, and one over all of them, which names no file.
    if (event.type !== "test:summary" || event.data.file !== undefined) continue;
    const { passed, failed, cancelled, skipped, todo } = event.data.counts;
    yield JSON.stringify({ passed, failed: failed + cancelled, skipped, todo, failedTests });
  }
}

/**
 * A suite fails with its tests and is not counted; neither is a failure that is expected.
 *
 * @param {import("node:test").EventData.TestFail} data
 */
function isTest({ details, todo, skip }) {
  return details.type !== "suite" && (todo ?? false) === false && (skip ?? false) === false;
}
