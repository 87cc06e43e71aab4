/** What a conformance suite needs of a test runner; `node:test` has it. */
export interface TestFunctions {
  describe(name: string, body: () => void): unknown;
  test(name: string, body: () => void | Promise<void>): unknown;
}
