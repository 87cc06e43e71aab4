/**
 * The policy table: which licences a product distributed under Apache-2.0 may contain. Three classes; what is in no
 * row is `review`, never `allow`. The classes follow the third-party licence policy of the Apache Software
 * Foundation (category A allow, B review, X deny). These are engineering verdicts, not legal advice.
 */

export type LicenceClass = "allow" | "review" | "deny";

export interface LicenceRow {
  /** SPDX ids, compared without case; `*` at the end stands for any rest. First matching row wins. */
  readonly ids: readonly string[];
  readonly class: LicenceClass;
  /** Read as: "MIT is allowed: <reason>". */
  readonly reason: string;
}

export interface ExceptionRow {
  /** Licence ids as in `LicenceRow.ids`. */
  readonly licences: readonly string[];
  /** SPDX exception ids, in the same way. */
  readonly exceptions: readonly string[];
  readonly class: LicenceClass;
  readonly reason: string;
}

export interface PolicyTable {
  /**
   * What a denied licence of a development dependency means: the same as in production, or that a person decides. It is
   * not distributed, but what it writes may be, and "no AGPL in the project" is a claim about all of it.
   */
  readonly development: "as-production" | "review";
  readonly licences: readonly LicenceRow[];
  readonly exceptions: readonly ExceptionRow[];
}

export const policyTable: PolicyTable = {
  development: "as-production",
  licences: [
    {
      ids: ["AGPL-*"],
      class: "deny",
      reason: "network copyleft: offering the program over a network obliges to publish its source",
    },
    {
      ids: [
        "GPL-*",
        "GFDL-*",
        "CECILL-1.*",
        "CECILL-2.*",
        "SimPL-2.0",
        "NGPL",
        "copyleft-next-*",
        "Sleepycat",
        "QPL-*",
      ],
      class: "deny",
      reason: "strong copyleft: the whole work would have to carry this licence",
    },
    {
      ids: ["OSL-*", "NPOSL-*", "RPL-*", "CPAL-*", "CAL-*", "Parity-*", "EUPL-1.0"],
      class: "deny",
      reason: "strong or network copyleft that Apache-2.0 cannot satisfy",
    },
    {
      ids: [
        "SSPL-*",
        "BUSL-*",
        "BSL-1.1",
        "Elastic-*",
        "FSL-*",
        "SUL-*",
        "PolyForm-*",
        "Commons-Clause*",
        "Prosperity-*",
        "RSAL*",
        "Confluent-Community-*",
        "TSL-*",
        "FCL-*",
        "LLAMA*",
      ],
      class: "deny",
      reason: "source-available: use is restricted, so it is no open-source licence",
    },
    {
      ids: [
        "CC-BY-NC-*",
        "CC-BY-ND-*",
        "Aladdin",
        "Hippocratic-*",
        "JSON",
        "BSD-3-Clause-No-*",
        "CPOL-*",
        "UnRAR",
        "Anti996",
        "Watcom-*",
      ],
      class: "deny",
      reason: "restricts who may use it, for what, or whether it may be changed",
    },
    {
      ids: [
        "UNLICENSED",
        "Proprietary",
        "Commercial",
        "LicenseRef-Commercial",
        "LicenseRef-Proprietary",
        "NPL-*",
      ],
      class: "deny",
      reason: "no right to distribute is granted under terms that Apache-2.0 can pass on",
    },
    {
      ids: [
        "0BSD",
        "AFL-3.0",
        "Apache-1.1",
        "Apache-2.0",
        "BlueOak-1.0.0",
        "BSD-1-Clause",
        "BSD-2-Clause",
        "BSD-2-Clause-Darwin",
        "BSD-2-Clause-Patent",
        "BSD-2-Clause-Views",
        "BSD-3-Clause",
        "BSD-3-Clause-Clear",
        "BSD-3-Clause-Modification",
        "BSD-Source-Code",
        "Beerware",
        "blessing",
        "BSL-1.0",
        "bzip2-1.0.6",
        "CC0-1.0",
        "CC-PDDC",
        "CDLA-Permissive-*",
        "curl",
        "ECL-2.0",
        "EFL-2.0",
        "EPICS",
        "Fair",
        "FSFAP",
        "FSFUL",
        "FSFULLR",
        "HPND",
        "HPND-sell-variant",
        "ICU",
        "IJG",
        "Info-ZIP",
        "ISC",
        "libpng-2.0",
        "Libpng",
        "libtiff",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MIT-Modern-Variant",
        "MirOS",
        "MS-PL",
        "MulanPSL-2.0",
        "NCSA",
        "NTP",
        "OLDAP-2.8",
        "PDDL-1.0",
        "PHP-3.01",
        "PostgreSQL",
        "PSF-2.0",
        "Python-2.0",
        "Python-2.0.1",
        "SMLNJ",
        "TCL",
        "Unicode-3.0",
        "Unicode-DFS-2015",
        "Unicode-DFS-2016",
        "Unlicense",
        "UPL-1.0",
        "Vim",
        "W3C",
        "W3C-20150513",
        "WTFPL",
        "X11",
        "Xnet",
        "Zlib",
        "zlib-acknowledgement",
        "ZPL-2.0",
        "ZPL-2.1",
      ],
      class: "allow",
      reason: "permissive: keep its notice",
    },
    {
      ids: [
        "LGPL-*",
        "MPL-*",
        "EPL-*",
        "CDDL-*",
        "CPL-1.0",
        "IPL-1.0",
        "SPL-1.0",
        "EUPL-*",
        "MS-RL",
        "CECILL-C",
        "APSL-*",
      ],
      class: "review",
      reason: "weak copyleft: allowed unmodified and apart, under duties someone has to accept",
    },
    {
      ids: ["CC-BY-*", "OFL-*", "ODbL-*", "ODC-By-*", "CDLA-*", "Ubuntu-font-*", "etalab-2.0"],
      class: "review",
      reason: "a licence for data, fonts or media: say what it covers here and keep its attribution",
    },
    {
      ids: [
        "Artistic-*",
        "Ruby",
        "IPA",
        "ErlPL-*",
        "BSD-4-Clause*",
        "Apache-1.0",
        "AFL-*",
        "OpenSSL*",
        "CECILL-B",
      ],
      class: "review",
      reason: "permissive with conditions that someone has to accept",
    },
  ],
  exceptions: [
    {
      licences: ["AGPL-*", "SSPL-*", "BUSL-*"],
      exceptions: ["*"],
      class: "deny",
      reason: "no exception we know lifts network copyleft or a restriction of use",
    },
    {
      licences: ["*"],
      exceptions: ["Commons-Clause*"],
      class: "deny",
      reason: "the Commons Clause takes away the right to sell",
    },
    {
      licences: ["Apache-2.0"],
      exceptions: ["LLVM-exception", "Swift-exception"],
      class: "allow",
      reason: "the exception only adds rights to a permissive licence",
    },
    {
      licences: ["GPL-*"],
      exceptions: [
        "Classpath-exception-2.0",
        "GCC-exception-2.0",
        "GCC-exception-2.0-note",
        "GCC-exception-3.1",
        "GNAT-exception",
        "OpenJDK-assembly-exception-1.0",
        "Universal-FOSS-exception-1.0",
        "Linux-syscall-note",
        "Font-exception-2.0",
        "Libtool-exception",
        "Autoconf-exception-*",
        "Bison-exception-*",
        "eCos-exception-2.0",
        "freertos-exception-2.0",
        "GPL-3.0-linking-exception",
        "GPL-3.0-linking-source-exception",
        "Qt-GPL-exception-1.0",
        "Bootloader-exception",
      ],
      class: "review",
      reason: "the exception may allow linking or use of the output: someone has to say that it applies here",
    },
    {
      licences: ["LGPL-*"],
      exceptions: ["*"],
      class: "review",
      reason: "weak copyleft with an exception: someone has to say that it applies here",
    },
  ],
};

export interface Classified {
  readonly class: LicenceClass;
  readonly reason: string;
}

export function classOfLicence(id: string, table: PolicyTable): Classified {
  const direct = table.licences.find((row) => row.ids.some((pattern) => matchesId(id, pattern)));
  if (direct !== undefined) return direct;
  // `Apache-2.0+` is what its base allows, at least: a later version may be chosen, not must.
  if (id.endsWith("+")) return classOfLicence(id.slice(0, -1), table);
  return { class: "review", reason: "unknown: it stands in no row of the policy table" };
}

export function classOfException(licence: string, exception: string, table: PolicyTable): Classified {
  const row = table.exceptions.find(
    ({ licences, exceptions }) =>
      licences.some((pattern) => matchesId(licence, pattern)) &&
      exceptions.some((pattern) => matchesId(exception, pattern)),
  );
  if (row !== undefined) return row;
  const base = classOfLicence(licence, table);
  if (base.class === "deny") return base;
  return { class: "review", reason: `the exception ${exception} stands in no row of the policy table` };
}

/** Without case; `*` at the end of a pattern stands for any rest. */
export function matchesId(id: string, pattern: string): boolean {
  const [lowerId, lowerPattern] = [id.toLowerCase(), pattern.toLowerCase()];
  return lowerPattern.endsWith("*")
    ? lowerId.startsWith(lowerPattern.slice(0, -1))
    : lowerId === lowerPattern;
}
