/** Checks a value that a command printed against its published schema, for tests. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });

/** `name` is that of a file in `schemas/`. */
export function assertMatchesSchema(name: string, value: unknown): void {
  const id = `urn:helios:cli:${name}:1`;
  const check = ajv.getSchema(id) ?? ajv.compile(readSchema(name));
  assert.ok(check(value), `${name}: ${ajv.errorsText(check.errors)}`);
}

function readSchema(name: string): Record<string, unknown> {
  const text = readFileSync(new URL(`schemas/${name}.schema.json`, import.meta.url), "utf8");
  return JSON.parse(text) as Record<string, unknown>;
}
