import assert from "node:assert/strict";
import { POSTGRES_USER, postgresPrograms, startPostgres } from "../servers/postgres-server.ts";
import { postgres } from "./postgres.ts";
import { serverSubjectSuite } from "./server-subject.suite.ts";

await serverSubjectSuite({
  subject: postgres,
  variable: "HELIOS_POSTGRES_URL",
  nobody: "postgres://127.0.0.1:1/postgres",
  async start(directory) {
    const programs = postgresPrograms();
    assert.ok("initdb" in programs);
    const server = await startPostgres(programs, directory);
    const url = `postgres://${POSTGRES_USER}@127.0.0.1:${server.port}/postgres`;
    return { url, stop: () => server.stop() };
  },
});
