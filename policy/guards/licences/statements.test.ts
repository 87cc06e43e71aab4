import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { wordsOf } from "./known-texts.ts";
import { licenceNameAt } from "./licence-names.ts";
import { leadingStatement, statementsIn } from "./statements.ts";

describe("names in prose", () => {
  const names: readonly (readonly [name: string, id: string | undefined])[] = [
    ["GNU Affero General Public License, version 3", "AGPL-3.0-only"],
    [
      "GNU General Public License as published by the Free Software Foundation; either version 2 of the License, or (at your option) any later version",
      "GPL-2.0-or-later",
    ],
    ["GPL", "GPL-2.0-or-later"],
    ["GPLv3", "GPL-3.0-only"],
    ["GPL version 2 or later", "GPL-2.0-or-later"],
    ["LGPL-2.1", "LGPL-2.1-only"],
    ["GNU Lesser General Public License", "LGPL-2.1-or-later"],
    ["AGPLv3+", "AGPL-3.0-only"],
    ["Server Side Public License, version 1", "SSPL-1.0"],
    ["Business Source License 1.1", "BUSL-1.1"],
    ["Elastic License 2.0", "Elastic-2.0"],
    ["PolyForm Small Business License", "PolyForm-Small-Business-1.0.0"],
    ["Creative Commons Attribution-NonCommercial-ShareAlike 4.0", "CC-BY-NC-SA-4.0"],
    ["CC BY-ND 3.0", "CC-BY-ND-3.0"],
    ["Mozilla Public License, v. 2.0", "MPL-2.0"],
    ["MPL 1.1", "MPL-1.1"],
    ["Apache License, Version 2.0", "Apache-2.0"],
    ["new BSD license", "BSD-3-Clause"],
    ["MIT X11 license", "MIT"],
    ["mitigation", undefined],
    ["gplus", undefined],
    ["something else", undefined],
  ];
  for (const [name, id] of names) {
    test(`${name}: ${id ?? "no name"}`, () => assert.equal(licenceNameAt(wordsOf(name), 0)?.id, id));
  }
});

describe("sentences that grant", () => {
  const grants: readonly (readonly [sentence: string, said: readonly string[]])[] = [
    ["Licensed under the MIT license.", ["MIT"]],
    [
      "This software is available under the GPL version 2 or later, or a commercial license.",
      ["GPL-2.0-or-later or LicenseRef-Commercial"],
    ],
    ["You may redistribute it and/or modify it under the terms of the GNU AGPL v3.", ["AGPL-3.0-only"]],
    ["Dual licensed under the MIT and GPL licenses", ["MIT or GPL-2.0-or-later"]],
    ["offered under GPL-2.0, AGPL-3.0 or Apache-2.0", ["GPL-2.0-only or AGPL-3.0-only or Apache-2.0"]],
    [
      "The core is released under the ISC license. The fonts are distributed under the Zlib license.",
      ["ISC", "Zlib"],
    ],
    ["It is not licensed under the GPL.", []],
    ["Earlier versions were released under the GPL.", []],
    ["It can be combined with any software licensed under the GPL.", []],
    ["We talk about the GPL and the MIT license.", []],
    ["It is provided by the authors of MIT.", []],
  ];
  for (const [sentence, said] of grants) {
    test(`${sentence}: ${said.join("; ") || "nothing"}`, () => {
      const found = statementsIn(wordsOf(sentence)).map(({ ids, choice }) =>
        ids.join(choice ? " or " : " and "),
      );
      assert.deepEqual(found, said);
    });
  }
});

test("a text that begins with a name says so, another does not", () => {
  assert.deepEqual(leadingStatement(wordsOf("MIT © somebody"))?.ids, ["MIT"]);
  assert.equal(leadingStatement(wordsOf("See the file.")), undefined);
});

test("any words end, and what is found lies within them", () => {
  const word = fc.constantFrom(
    "licensed",
    "under",
    "the",
    "mit",
    "or",
    "gpl",
    "version",
    "2",
    "https",
    "html",
    "later",
    "x",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 200 }), (list) => {
      const words = list.join(" ");
      for (const { at, end, ids } of statementsIn(words)) {
        assert.ok(at >= 0 && end <= words.length && at < end && ids.length > 0);
      }
    }),
  );
});
