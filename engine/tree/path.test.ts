import assert from "node:assert/strict";
import { test } from "node:test";
import { HeliosError } from "../errors.ts";
import { assertPath, PATH_MAX_BYTES } from "./path.ts";

const accepted = [
  "a",
  "src/a.ts",
  ".hidden",
  "..a",
  "a..",
  "...",
  "a/...",
  "ä/é",
  "\u{1F600}",
  "a b",
  "a\\b",
  "con",
  "x".repeat(PATH_MAX_BYTES),
];
const refused: Record<string, string> = {
  "": "empty",
  "/a": "empty segment",
  "a/": "empty segment",
  "a//b": "empty segment",
  ".": '"."',
  "a/./b": '"."',
  "..": '".."',
  "a/..": '".."',
  "../a": '".."',
  "a\0b": "NUL",
  "\ud800": "Unicode",
  ["x".repeat(PATH_MAX_BYTES + 1)]: "longer",
  ["ä".repeat(PATH_MAX_BYTES / 2 + 1)]: "longer",
};

test("paths that can be materialized anywhere are accepted", () => {
  for (const path of accepted) assert.doesNotThrow(() => assertPath(path), path);
});

test("every other path is refused with the rule it breaks", () => {
  for (const [path, rule] of Object.entries(refused))
    assert.throws(
      () => assertPath(path),
      (error) =>
        error instanceof HeliosError && error.code === "PATH_INVALID" && error.message.includes(rule),
      JSON.stringify(path.slice(0, 20)),
    );
});
