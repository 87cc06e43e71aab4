/**
 * A node:test reporter that writes how many tests ran, as JSON. It is how `test.mjs`, and through it the coverage
 * gate, knows that something ran: an exit status of 0 alone also comes from a run of nothing.
 */

/** @param {AsyncIterable<import("node:test").TestEvent>} source */
export default async function* countTests(source) {
  for await (const event of source) {
    // One summary per file, and one over all of them, which names no file.
    if (event.type !== "test:summary" || event.data.file !== undefined) continue;
    const { passed, failed, cancelled, skipped, todo } = event.data.counts;
    yield JSON.stringify({ passed, failed: failed + cancelled, skipped, todo });
  }
}
