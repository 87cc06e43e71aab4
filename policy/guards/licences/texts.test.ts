import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { wordsOf } from "./known-texts.ts";
import { headerGrants } from "./notices.ts";
import { recogniseTexts } from "./texts.ts";

const modules = path.join(import.meta.dirname, "../../../node_modules");
const percona = "@nxtedition/rocksdb/deps/rocksdb/rocksdb/utilities/transactions/lock/range/range_tree/lib";

/** Real texts, as packages ship them. */
const real: readonly (readonly [file: string, ids: readonly string[]])[] = [
  [`${percona}/COPYING.AGPLv3`, ["AGPL-3.0-only"]],
  [`${percona}/COPYING.GPLv2`, ["GPL-2.0-only"]],
  [`${percona}/COPYING.APACHEv2`, ["Apache-2.0"]],
  ["@nxtedition/rocksdb/deps/rocksdb/rocksdb/COPYING", ["GPL-2.0-only"]],
  ["@nxtedition/rocksdb/deps/rocksdb/rocksdb/LICENSE.leveldb", ["BSD-3-Clause"]],
  ["@nxtedition/rocksdb/LICENSE", ["MIT"]],
  ["typescript/LICENSE", ["Apache-2.0"]],
  ["semver/LICENSE", ["ISC"]],
  ["minimatch/LICENSE.md", ["BlueOak-1.0.0"]],
  ["normalize-package-data/LICENSE", ["BSD-2-Clause"]],
];
for (const [file, ids] of real) {
  const absolute = path.join(modules, file);
  test(`${file} is ${ids.join(", ")}`, { skip: existsSync(absolute) ? false : "not installed here" }, () => {
    assert.deepEqual(recogniseTexts(readFileSync(absolute, "utf8")), ids);
  });
}

/** The phrases by which each is known, wrapped and punctuated as in the original. */
const phrases: readonly (readonly [text: string, ids: readonly string[]])[] = [
  ["  GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007\n", ["GPL-3.0-only"]],
  [
    "offer all users\ninteracting; your modified version must prominently offer all users\ninteracting with it remotely through a computer network",
    ["AGPL-3.0-only"],
  ],
  ["GNU LESSER GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007", ["LGPL-3.0-only"]],
  ["GNU LESSER GENERAL PUBLIC LICENSE\nVersion 2.1, February 1999", ["LGPL-2.1-only"]],
  ["GNU LIBRARY GENERAL PUBLIC LICENSE\nVersion 2, June 1991", ["LGPL-2.0-only"]],
  [
    "redistribute it and/or modify it under the terms of the GNU General Public License as published by the Free Software Foundation",
    ["GPL-2.0-or-later"],
  ],
  ["Server Side Public License\nVERSION 1, OCTOBER 16, 2018", ["SSPL-1.0"]],
  ["Business Source License 1.1\n\nParameters", ["BUSL-1.1"]],
  ["Elastic License 2.0 (ELv2)", ["Elastic-2.0"]],
  ["Functional Source License, Version 1.1, MIT Future License", ["FSL-1.1-MIT"]],
  ["Functional Source License, Version 1.1, ALv2 Future License", ["FSL-1.1-ALv2"]],
  ["“Commons Clause” License Condition v1.0", ["Commons-Clause-1.0"]],
  ["Mozilla Public License Version 2.0\n====", ["MPL-2.0"]],
  ["Eclipse Public License - v 2.0", ["EPL-2.0"]],
  ["The Software shall be used for Good, not Evil.", ["JSON"]],
  ["This is free and unencumbered software released into the public domain.", ["Unlicense"]],
  ["CC0 1.0 Universal", ["CC0-1.0"]],
  ["Boost Software License - Version 1.0 - August 17th, 2003", ["BSL-1.0"]],
  ["Unauthorized copying of this file, via any medium is strictly prohibited", ["UNLICENSED"]],
  ["Licensed under the Apache Licence, Version 2.0", ["Apache-2.0"]],
  [
    "Redistribution and use in source and binary forms, with or without modification, are permitted\n3. All advertising materials mentioning features or use of this software must display",
    ["BSD-4-Clause", "BSD-2-Clause"],
  ],
  ["A history of licences: we like them all.", []],
  ["This project is compatible with the GNU Affero General Public License.", []],
  [
    "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted.",
    ["0BSD"],
  ],
  ["", []],
];
for (const [text, ids] of phrases) {
  test(`phrase: ${text.slice(0, 50).replaceAll("\n", " ")} is ${ids.join(", ") || "nothing"}`, () => {
    assert.deepEqual(recogniseTexts(text), ids);
    assert.deepEqual(recogniseTexts(text.replaceAll(" ", "\r\n ")), ids, "wrapping does not matter");
  });
}

test("words: case, punctuation and spelling do not matter", () => {
  assert.equal(wordsOf('  The "LICENCE",\n v2.0 '), "the license v2 0");
});

/** Not written out, so that this file itself carries no such comment. */
const open = "/".concat("*");

const grants = (text: string): readonly string[] =>
  headerGrants(text).map(({ expression, line }) => `${line} ${expression}`);

test("SPDX headers in comments of any language", () => {
  assert.deepEqual(grants("// SPDX-License-Identifier: MIT\n"), ["1 MIT"]);
  assert.deepEqual(grants("/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */"), [
    "1 GPL-2.0-only WITH Linux-syscall-note",
  ]);
  assert.deepEqual(grants("\n# SPDX-License-Identifier: (MIT OR AGPL-3.0)\n"), ["2 (MIT OR AGPL-3.0)"]);
  assert.deepEqual(grants("<!-- SPDX-License-Identifier: AGPL-3.0 -->"), ["1 AGPL-3.0"]);
});

test("notices in comments, wrapped and starred", () => {
  assert.deepEqual(
    grants("/*\n * it under the terms of the GNU Affero\n * General Public License, version 3\n */"),
    ["2 AGPL-3.0-only"],
  );
  assert.deepEqual(grants("/*\n  it under the terms of the GNU General Public License\n*/"), [
    "2 GPL-2.0-or-later",
  ]);
  assert.deepEqual(grants("// licensed under the GNU Lesser General Public License"), [
    "1 LGPL-2.1-or-later",
  ]);
  assert.deepEqual(grants(`var a=1;${open}! @license AGPL-3.0 */var b=2;`), ["1 AGPL-3.0"]);
});

test("data, strings and prose are no grant", () => {
  for (const text of [
    'const header = "SPDX-License-Identifier: AGPL-3.0";',
    "const known = { 'under the terms of the GNU Affero General Public License': 1 };",
    "/* closed */ const x = `under the terms of the GNU General Public License`;",
    "// compatible with the GNU General Public License",
    "// the GNU Affero General Public License is not allowed here",
  ]) {
    assert.deepEqual(grants(text), [], text);
  }
});

test("a file of nothing but headers is read once, not for ever", () => {
  const text = "/* SPDX-License-Identifier: MIT ".repeat(200_000);
  assert.deepEqual(grants(text), ["1 MIT"]);
});
