import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, decode } from "./base32.mjs";

test("the vectors of the RFC", () => {
  assert.deepEqual(
    ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map((t) => encode(Buffer.from(t))),
    ["", "MY======", "MZXQ====", "MZXW6===", "MZXW6YQ=", "MZXW6YTB", "MZXW6YTBOI======"],
  );
});

test("there and back", () => {
  for (const t of ["a", "ab", "hello world", "\u0000\u00ff"])
    assert.deepEqual(Buffer.from(decode(encode(Buffer.from(t, "latin1")))).toString("latin1"), t);
});

test("zeros and ones", () => {
  assert.deepEqual(encode(Uint8Array.of(0)), "AA======");
  assert.deepEqual(encode(Uint8Array.of(255)), "74======");
});

test("many bytes", () => {
  assert.deepEqual(encode(new Uint8Array(10)), "AAAAAAAAAAAAAAAA");
});

test("decoding ignores padding", () => {
  assert.deepEqual([...decode("MY======")], [102]);
  assert.deepEqual([...decode("MY")], [102]);
});

test("other letters are refused", () => {
  assert.throws(() => decode("M1"), SyntaxError);
});
