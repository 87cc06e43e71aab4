/** When two ids mean the same text, or a name stands for one of them. */

/** Licences that one text serves: `GPL-2.0-only` and `-or-later` are the same text, and so are some of MIT's kin. */
export function familyOf(id: string): string {
  const lower = id
    .toLowerCase()
    .replace(/ with .*$/, "")
    .replace(/(?:-only|-or-later|\+)$/, "");
  const kin = sameText.find((family) => family.includes(lower));
  return kin === undefined ? lower : kin[0]!;
}

const sameText: readonly (readonly string[])[] = [
  ["mit", "mit-0", "x11", "mit-modern-variant", "mitnfa"],
  ["python-2.0", "python-2.0.1", "psf-2.0"],
  ["unicode-3.0", "unicode-dfs-2015", "unicode-dfs-2016", "unicode-tou"],
  ["bsd-2-clause", "bsd-2-clause-views", "bsd-2-clause-freebsd"],
  ["zlib", "zlib-acknowledgement"],
  ["busl-1.1", "bsl-1.1"],
  ["fsl-1.1-alv2", "fsl-1.1-apache-2.0"],
  ["w3c", "w3c-20150513"],
];

/** Whether words of a text name a licence, as "MIT" or "see the Apache License" do. */
export function namesLicence(words: string, id: string): boolean {
  const name = id.toLowerCase().split("-")[0]!;
  const spoken = { unlicense: "public domain", cc0: "public domain", "0bsd": "bsd" }[name];
  return [name, spoken].some((word) => word !== undefined && new RegExp(`\\b${escaped(word)}`).test(words));
}

function escaped(text: string): string {
  return text.replace(/[^a-z0-9 ]/g, "\\$&");
}
