/**
 * Phrases that only one licence has. Texts are compared as words (lower case, no punctuation, one space), so wrapping,
 * bullets and quotes do not matter. Phrases come from the body as well as from the title: a text whose title was cut off
 * is still that licence. One file may hold many licences; all are named.
 *
 * GPL-3.0 speaks of the AGPL in its section 13 and the other way round, so neither is recognised by the other's name
 * alone.
 */

interface Fingerprint {
  /** SPDX id, or a plain word the policy table knows. */
  readonly id: string;
  /** Any group whose phrases all occur is enough. Words only, as `wordsOf` writes them. */
  readonly any: readonly (readonly string[])[];
  /** Not this licence if one of these occurs: another licence shares the phrase. */
  readonly not?: readonly string[];
}

const mitGrant =
  "permission is hereby granted free of charge to any person obtaining a copy of this software and associated documentation files";
const bsdGrant =
  "redistribution and use in source and binary forms with or without modification are permitted";
const iscGrant =
  /permission to use copy modify and (?:or )?distribute this software for any purpose with or without fee is hereby granted/;

const fingerprints: readonly Fingerprint[] = [
  {
    id: "AGPL-3.0-only",
    any: [
      ["gnu affero general public license version 3 19 november 2007"],
      ["must prominently offer all users interacting with it remotely through a computer network"],
    ],
  },
  { id: "AGPL-1.0-only", any: [["affero general public license version 1 march 2002"]] },
  {
    id: "GPL-3.0-only",
    any: [
      ["gnu general public license version 3 29 june 2007"],
      [
        "you have permission to link or combine any covered work with a work licensed under version 3 of the gnu affero general public license",
      ],
    ],
  },
  {
    id: "GPL-2.0-only",
    any: [
      ["gnu general public license version 2 june 1991"],
      ["you may copy and distribute verbatim copies of the program s source code as you receive it"],
    ],
  },
  { id: "GPL-1.0-only", any: [["gnu general public license version 1 february 1989"]] },
  {
    id: "LGPL-3.0-only",
    any: [
      ["gnu lesser general public license version 3 29 june 2007"],
      [
        "this version of the gnu lesser general public license incorporates the terms and conditions of version 3",
      ],
    ],
  },
  {
    id: "LGPL-2.1-only",
    any: [
      ["gnu lesser general public license version 2 1 february 1999"],
      ["this license agreement applies to any software library or other program which contains a notice"],
    ],
    not: ["gnu lesser general public license version 3 29 june 2007"],
  },
  { id: "LGPL-2.0-only", any: [["gnu library general public license version 2 june 1991"]] },
  {
    id: "SSPL-1.0",
    any: [
      ["server side public license version 1"],
      [
        "if you make the functionality of the program or a modified version available to third parties as a service",
      ],
    ],
  },
  {
    id: "BUSL-1.1",
    any: [
      ["business source license 1 1"],
      [
        "the licensor hereby grants you the right to copy modify create derivative works redistribute and make non production use",
      ],
    ],
  },
  {
    id: "Elastic-2.0",
    any: [
      ["elastic license 2 0"],
      ["you may not provide the software to third parties as a hosted or managed service"],
    ],
  },
  { id: "FSL-1.1-MIT", any: [["functional source license version 1 1 mit future license"]] },
  {
    id: "FSL-1.1-ALv2",
    any: [
      ["functional source license"],
      ["competing use means making the software available to others in a commercial product"],
    ],
    not: ["mit future license"],
  },
  { id: "SUL-1.0", any: [["sustainable use license"]] },
  { id: "RSALv2", any: [["redis source available license"]] },
  { id: "Confluent-Community-1.0", any: [["confluent community license"]] },
  { id: "TSL-2.0", any: [["timescale license"]] },
  { id: "FCL-1.0", any: [["fair core license version 1"]] },
  { id: "Elastic-1.0", any: [["elastic license agreement"]] },
  {
    id: "Commons-Clause-1.0",
    any: [
      ["commons clause license condition"],
      ["the right to sell the software", "subject to the following condition"],
    ],
  },
  { id: "PolyForm-Noncommercial-1.0.0", any: [["polyform noncommercial license"]] },
  { id: "PolyForm-Small-Business-1.0.0", any: [["polyform small business license"]] },
  { id: "PolyForm-Shield-1.0.0", any: [["polyform shield license"]] },
  { id: "PolyForm-Perimeter-1.0.0", any: [["polyform perimeter license"]] },
  { id: "PolyForm-Strict-1.0.0", any: [["polyform strict license"]] },
  { id: "PolyForm-Internal-Use-1.0.0", any: [["polyform internal use license"]] },
  { id: "PolyForm-Free-Trial-1.0.0", any: [["polyform free trial license"]] },
  { id: "Prosperity-3.0.0", any: [["prosperity public license"]] },
  { id: "Parity-7.0.0", any: [["parity public license"]] },
  { id: "Hippocratic-2.1", any: [["hippocratic license"]] },
  {
    id: "OSL-3.0",
    any: [
      ["open software license v 3 0"],
      ["open software license version 3 0"],
      ["the open software license version"],
      ["licensed under the open software license"],
    ],
  },
  { id: "NPL-1.1", any: [["netscape public license version"], ["amendments the netscape public license"]] },
  {
    id: "Sleepycat",
    any: [
      [
        "redistributions in any form must be accompanied by information on how to obtain complete source code",
      ],
    ],
  },
  { id: "SimPL-2.0", any: [["simple public license simpl"]] },
  { id: "NGPL", any: [["nethack general public license"]] },
  { id: "copyleft-next-0.3.1", any: [["copyleft next 0 3"]] },
  { id: "Aladdin", any: [["aladdin free public license"]] },
  { id: "CPOL-1.02", any: [["code project open license"]] },
  { id: "UnRAR", any: [["unrar sources may be used"], ["unrar source code may not be used"]] },
  { id: "Watcom-1.0", any: [["open watcom public license"]] },
  {
    id: "BSD-3-Clause-No-Nuclear-License",
    any: [
      [bsdGrant, "nuclear facility"],
      [bsdGrant, "any military"],
      [bsdGrant, "military purpose"],
    ],
  },
  { id: "EUPL-1.0", any: [["european union public licence v 1 0"], ["european union public license v 1 0"]] },
  {
    id: "CC-BY-NC-4.0",
    any: [
      ["attribution noncommercial 4 0 international"],
      ["attribution non commercial 4 0 international"],
      ["attribution noncommercial 3 0"],
      // What the conditions say where the title was cut off, or is of an older version.
      ["noncommercial means not primarily intended for or directed towards commercial advantage"],
      ["in any manner that is primarily intended for or directed toward commercial advantage"],
    ],
    not: ["attribution noncommercial sharealike", "attribution noncommercial noderivatives"],
  },
  {
    id: "CC-BY-NC-SA-4.0",
    any: [
      ["attribution noncommercial sharealike 4 0 international"],
      ["attribution noncommercial sharealike 3 0"],
      ["attribution non commercial share alike"],
    ],
  },
  {
    id: "CC-BY-NC-ND-4.0",
    any: [
      ["attribution noncommercial noderivatives 4 0 international"],
      ["attribution noncommercial noderivs 3 0"],
    ],
  },
  {
    id: "CC-BY-ND-4.0",
    any: [
      ["attribution noderivatives 4 0 international"],
      ["attribution noderivs 3 0"],
      ["but otherwise you have no rights to make derivative works"],
    ],
  },
  { id: "GFDL-1.3-or-later", any: [["gnu free documentation license version 1"]] },
  { id: "RPL-1.5", any: [["reciprocal public license"]] },
  { id: "CPAL-1.0", any: [["common public attribution license version 1 0"]] },
  { id: "CAL-1.0", any: [["cryptographic autonomy license version 1 0"]] },
  { id: "QPL-1.0", any: [["the q public license version 1 0"]] },
  {
    id: "CECILL-2.1",
    any: [["cecill free software license agreement"], ["contrat de license de logiciel libre cecill"]],
  },
  { id: "CECILL-C", any: [["cecill c free software license agreement"]] },
  { id: "CECILL-B", any: [["cecill b free software license agreement"]] },
  { id: "JSON", any: [["the software shall be used for good not evil"]] },
  {
    id: "UNLICENSED",
    any: [["unauthorized copying of this file"], ["this software is proprietary and confidential"]],
  },
  {
    id: "Apache-2.0",
    any: [
      ["apache license version 2 0 january 2004"],
      [
        "grants to you a perpetual worldwide non exclusive no charge royalty free irrevocable copyright license to reproduce prepare derivative works of",
      ],
    ],
  },
  { id: "Apache-1.1", any: [["apache software license version 1 1"]] },
  {
    id: "MPL-2.0",
    any: [
      ["mozilla public license version 2 0"],
      ["subject to the terms of the mozilla public license v 2 0"],
    ],
  },
  { id: "MPL-1.1", any: [["mozilla public license version 1 1"]] },
  { id: "EPL-2.0", any: [["eclipse public license v 2 0"]] },
  { id: "EPL-1.0", any: [["eclipse public license v 1 0"]] },
  { id: "CDDL-1.0", any: [["common development and distribution license"]] },
  {
    id: "EUPL-1.2",
    any: [["european union public licence v 1 2"], ["european union public licence version 1 2"]],
  },
  { id: "CC0-1.0", any: [["cc0 1 0 universal"], ["creative commons zero v1 0 universal"]] },
  { id: "CC-BY-SA-4.0", any: [["attribution sharealike 4 0 international"]] },
  {
    id: "CC-BY-4.0",
    any: [
      ["creative commons attribution 4 0 international"],
      ["attribution 4 0 international creative commons"],
    ],
  },
  {
    id: "CC-BY-3.0",
    any: [["creative commons attribution 3 0"], ["creative commons legal code attribution 3 0"]],
  },
  { id: "OLDAP-2.8", any: [["the openldap public license version 2 8"]] },
  {
    id: "PostgreSQL",
    any: [
      [
        "permission to use copy modify and distribute this software and its documentation for any purpose without fee and without a written agreement is hereby granted",
      ],
    ],
  },
  { id: "MS-PL", any: [["microsoft public license ms pl"]] },
  { id: "MS-RL", any: [["microsoft reciprocal license ms rl"]] },
  { id: "MulanPSL-2.0", any: [["mulan permissive software license version 2"]] },
  { id: "AFL-3.0", any: [["academic free license version 3 0"], ["academic free license v 3 0"]] },
  { id: "W3C-20150513", any: [["w3c software and document notice and license"]] },
  { id: "OFL-1.1", any: [["sil open font license version 1 1"]] },
  { id: "Artistic-2.0", any: [["the artistic license 2 0"], ["artistic license 2 0"]] },
  { id: "Artistic-1.0", any: [["the artistic license preamble"]] },
  { id: "BSL-1.0", any: [["boost software license version 1 0"]] },
  { id: "Python-2.0", any: [["python software foundation license version 2"]] },
  {
    id: "Unicode-3.0",
    any: [["unicode license v3"], ["unicode inc license agreement data files and software"]],
  },
  { id: "BlueOak-1.0.0", any: [["blue oak model license"]] },
  { id: "Unlicense", any: [["this is free and unencumbered software released into the public domain"]] },
  { id: "WTFPL", any: [["do what the fuck you want to public license"]] },
  { id: "UPL-1.0", any: [["the universal permissive license upl version 1 0"]] },
  { id: "NCSA", any: [["university of illinois ncsa open source license"]] },
  {
    id: "Zlib",
    any: [
      [
        "altered source versions must be plainly marked as such and must not be misrepresented as being the original software",
      ],
    ],
  },
  {
    id: "MIT",
    any: [
      [mitGrant, "the above copyright notice and this permission notice"],
      [mitGrant, "the above copyright notice and this license"],
    ],
  },
  { id: "MIT-0", any: [[mitGrant]], not: ["the above copyright notice and this"] },
  {
    id: "BSD-4-Clause",
    any: [[bsdGrant, "all advertising materials mentioning features or use of this software"]],
  },
  {
    id: "BSD-3-Clause",
    any: [
      [bsdGrant, "may be used to endorse or promote products derived from"],
      [bsdGrant, "to endorse or promote products derived from this software without"],
    ],
    not: ["all advertising materials mentioning features or use of this software"],
  },
  { id: "BSD-2-Clause", any: [[bsdGrant]], not: ["to endorse or promote products derived from"] },
];

/** SPDX ids of every licence that has a phrase in `words` (as `wordsOf` writes them), in the order of the table. */
export function idsByPhrase(words: string): readonly string[] {
  const found = fingerprints
    .filter(
      ({ any, not }) =>
        any.some((phrases) => phrases.every((phrase) => words.includes(phrase))) &&
        !(not ?? []).some((phrase) => words.includes(phrase)),
    )
    .map(({ id }) => id);
  // ISC with its condition; the same grant without a condition is 0BSD.
  const grant = iscGrant.exec(words);
  if (grant) {
    const after = words.slice(grant.index + grant[0].length);
    found.push(after.trimStart().startsWith("provided that the above copyright notice") ? "ISC" : "0BSD");
  }
  return [...new Set(found)];
}
