/**
 * What a subject with a server owes beyond the law of subjects. The law itself is checked on one server for all
 * sessions (a given one, as by its environment variable), because a server of its own takes a second a session; that
 * one is checked here, once.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Availability, type Edit, type Subject, subjectSuite } from "@helios/harness";

export interface ServerSubject {
  readonly subject: Subject;
  /** Environment variable that names a given server. */
  readonly variable: string;
  /** An address where nobody listens. */
  readonly nobody: string;
  /** Starts a server below a directory for the whole file; only where the subject is available. */
  start(directory: string): Promise<{ readonly url: string; stop(): Promise<void> }>;
}

const put = (path: string, bytes: Uint8Array): Edit => ({ kind: "put", path, bytes, mode: "file" });

export async function serverSubjectSuite({ subject, variable, nobody, start }: ServerSubject): Promise<void> {
  const given = process.env[variable];
  const own = await withVariable(variable, undefined, () => subject.availability());
  // From here on nothing is awaited: tests that are registered later than others may run after the server has gone.
  describe(`${subject.id} and its server`, () => {
    const directory = mkdtempSync(join(tmpdir(), `helios-${subject.id}-`));
    let stop = (): Promise<void> => Promise.resolve();
    before(async () => {
      if (given || own.kind === "unavailable") return;
      const server = await start(directory);
      process.env[variable] = server.url;
      ({ stop } = server);
    });
    after(async () => {
      if (!given) delete process.env[variable];
      await stop();
      rmSync(directory, { recursive: true, force: true });
    });
    if (given || own.kind === "available") subjectSuite(subject, { describe, test });
    else test("the law of subjects", { skip: `skipped: ${own.reason}` }, () => {});
    ownServer({ subject, variable, nobody, start }, own, directory);
  });
}

function ownServer({ subject, variable, nobody }: ServerSubject, own: Availability, directory: string): void {
  test("a server that does not answer makes it unavailable, with a remedy", async () => {
    const answer = await withVariable(variable, nobody, () => subject.availability());
    assert.ok(answer.kind === "unavailable" && answer.remedy.length > 0);
    assert.match(answer.reason, new RegExp(variable));
  });

  const skip = own.kind === "unavailable" && `skipped: ${own.reason}`;
  test(
    "a server of its own keeps states over a settling, which books its bytes to this process",
    { skip },
    async () => {
      await withVariable(variable, undefined, async () => {
        const sessionDirectory = mkdtempSync(join(directory, "own-"));
        const session = await subject.open({ directory: sessionDirectory, durability: "power" });
        const base = await session.load([put("a", Buffer.from("base"))]);
        const incompressible = randomBytes(2 << 20);
        await session.apply([put("a", incompressible)]);
        const atFirst = bytesWritten();
        const state = await session.commit("two megabytes");
        const committed = bytesWritten();
        await session.settle();
        const settled = bytesWritten();
        // Until the server has ended only this side of the socket is known. Text protocols double the bytes.
        assert.ok(committed - atFirst < 5 << 20, String(committed - atFirst));
        assert.ok(settled - committed >= 2 << 20, String(settled - committed));
        await session.checkout(base);
        assert.equal(Buffer.from((await session.read("a")) ?? []).toString(), "base");
        await session.checkout(state);
        assert.ok(incompressible.equals((await session.read("a")) ?? Buffer.alloc(0)));
        await session.close();
      });
    },
  );
}

function bytesWritten(): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
}

async function withVariable<T>(name: string, value: string | undefined, work: () => Promise<T>): Promise<T> {
  const before = process.env[name];
  const set = (to: string | undefined): void => {
    if (to === undefined) delete process.env[name];
    else process.env[name] = to;
  };
  set(value);
  try {
    return await work();
  } finally {
    set(before);
  }
}
