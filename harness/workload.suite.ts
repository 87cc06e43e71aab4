/**
 * The law of a workload: the same parameters and seed give the same steps byte for byte, another seed gives
 * others, and every step can be done by every subject. As in subject.suite.ts the test functions are an argument.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ReferenceSession } from "./reference-session.ts";
import type { Edit } from "./subject.ts";
import type { TestFunctions } from "./test-functions.ts";
import type { Step, Workload, WorkloadParameters } from "./workload.ts";

export interface WorkloadSuiteOptions {
  readonly parameters: WorkloadParameters;
  /** Commits to look at; fewer where the workload ends earlier. */
  readonly commits: number;
  /** False where the steps come from elsewhere and a seed changes nothing. */
  readonly seeded?: boolean;
}

export function workloadSuite(
  workload: Workload,
  options: WorkloadSuiteOptions,
  { describe, test }: TestFunctions,
): void {
  const { parameters, commits, seeded = true } = options;
  describe(`workload ${workload.id}`, () => {
    test("the same seed gives the same base and steps, byte for byte", () => {
      assert.equal(
        fingerprint(workload, parameters, 7, commits),
        fingerprint(workload, parameters, 7, commits),
      );
    });

    if (seeded) {
      test("another seed gives others", () => {
        assert.notEqual(
          fingerprint(workload, parameters, 7, commits),
          fingerprint(workload, parameters, 8, commits),
        );
      });
    }

    test("every path is one that every subject can hold", () => {
      for (const edit of edits(workload, parameters, 7, commits)) {
        const segments = edit.path.split("/");
        assert.ok(
          segments.every((segment) => segment !== "" && segment !== "." && segment !== ".."),
          edit.path,
        );
        assert.ok(!edit.path.includes("\0"));
      }
    });

    test("deletes name paths that exist, no file is also a directory, and returns name commits already made", () => {
      const session = new ReferenceSession();
      const states = [session.load(workload.base(parameters, 7))];
      assert.ok(session.count() > 0, "the base has entries");
      for (const step of take(workload.steps(parameters, 7), commits)) {
        if (step.kind === "checkout") {
          const state = states[step.ordinal + 1];
          assert.ok(state !== undefined, `returns to commit ${step.ordinal} of ${states.length - 1}`);
          session.checkout(state);
          continue;
        }
        const seen = new Set<string>();
        for (const edit of step.edits) {
          assert.ok(!seen.has(edit.path), `${edit.path} twice in one step`);
          seen.add(edit.path);
          if (edit.kind === "delete")
            assert.ok(session.read(edit.path), `deletes ${edit.path}, which is not there`);
          session.apply([edit]);
        }
        states.push(session.commit());
      }
      assert.ok(states.length > 1, "there is at least one commit");
      const paths = session.paths();
      const files = new Set(paths);
      for (const path of paths) {
        for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
          assert.ok(!files.has(path.slice(0, at)), `${path.slice(0, at)} is a file and a directory`);
        }
      }
    });
  });
}

/** Steps until so many commits were seen. */
function* take(steps: Iterable<Step>, commits: number): Iterable<Step> {
  let seen = 0;
  for (const step of steps) {
    yield step;
    if (step.kind === "commit" && ++seen === commits) return;
  }
}

function* edits(
  workload: Workload,
  parameters: WorkloadParameters,
  seed: number,
  commits: number,
): Iterable<Edit> {
  yield* workload.base(parameters, seed);
  for (const step of take(workload.steps(parameters, seed), commits))
    if (step.kind === "commit") yield* step.edits;
}

function fingerprint(
  workload: Workload,
  parameters: WorkloadParameters,
  seed: number,
  commits: number,
): string {
  const digest = createHash("sha256");
  const add = (edit: Edit): void => {
    digest.update(`${edit.kind}\0${edit.path}\0${edit.kind === "put" ? edit.mode : ""}\0`);
    if (edit.kind === "put") digest.update(edit.bytes).update("\0");
  };
  for (const edit of workload.base(parameters, seed)) add(edit);
  for (const step of take(workload.steps(parameters, seed), commits)) {
    if (step.kind === "checkout") digest.update(`checkout ${step.ordinal}\0`);
    else for (const edit of step.edits) add(edit);
    digest.update("\n");
  }
  return digest.digest("hex");
}
