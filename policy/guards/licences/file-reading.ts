/** From the bytes of a file to what the licence guard has to know of it. Pure: bytes in, facts out. */
import { pinOfBytes } from "../../exceptions.ts";
import { matchKnownTexts, wordsOf } from "./known-texts.ts";
import { record } from "./lockfile.ts";
import { headerGrants } from "./notices.ts";
import type { HeaderGrant } from "./notices.ts";
import { leadingStatement, statementsIn } from "./statements.ts";
import type { Statement } from "./statements.ts";
import { readLicenceText } from "./texts.ts";
import type { LicenceText } from "./texts.ts";

export interface Manifest {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly private: boolean;
  /** `license` or the old `licenses`, as they stand in the file. */
  readonly licence: unknown;
  /** Scripts that npm runs at install, with what they run. */
  readonly installScripts: Readonly<Record<string, string>>;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface LicenceTextFile extends Pick<
  LicenceText,
  "ids" | "offered" | "artwork" | "restriction" | "unknownWords"
> {
  readonly kind: "licence-text";
  readonly path: string;
  readonly sha256: string;
  /** Its beginning as words, where no licence was recognised: a name may still stand in it. */
  readonly unknown: string | undefined;
}

/** What a file is to this guard. Files of no interest are not listed. */
export type ScannedFile =
  | LicenceTextFile
  /** Listed only where its comments grant a licence. */
  | {
      readonly kind: "source";
      readonly path: string;
      readonly sha256: string;
      readonly grants: readonly HeaderGrant[];
    }
  /** Listed only where its licence section names one. */
  | { readonly kind: "readme"; readonly path: string; readonly statements: readonly Statement[] }
  /** Native code, an archive nobody looked into, a licence that is no text. */
  | { readonly kind: "native" | "archive" | "licence-unreadable"; readonly path: string }
  /** A manifest that is not the package's own: vendored code. */
  | { readonly kind: "vendored-manifest"; readonly path: string; readonly manifest: Manifest };

/** UTF-8, or UTF-16 where a byte order mark says so; HTML without its tags. */
export function decodeText(name: string, bytes: Buffer): string {
  const text =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? bytes.subarray(2).toString("utf16le")
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2)))
            .swap16()
            .toString("utf16le")
        : bytes.toString("utf8");
  // A browser's file may be named anything; a tag at the start is enough.
  return /\.html?$/i.test(name) || /^\s*<(?:!doctype|html|\?xml)/i.test(text) ? withoutTags(text) : text;
}

/**
 * Tags, comments, styles and scripts are not the text; entities are the characters they stand for. One pass: what is
 * opened and never closed ends the text, as it does for a browser, and is looked for once.
 */
function withoutTags(html: string): string {
  const parts: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    if (open < 0) break;
    parts.push(html.slice(at, open));
    const head = /^<(?:!--|(style|script)\b)/i.exec(html.slice(open, open + 8));
    const close = head === null ? ">" : head[1] === undefined ? "-->" : `</${head[1].toLowerCase()}`;
    const end =
      html.indexOf(close, open) < 0 ? html.indexOf(close.toUpperCase(), open) : html.indexOf(close, open);
    at = end < 0 ? html.length : end + close.length;
  }
  parts.push(html.slice(at));
  return parts
    .join(" ")
    .replace(/&(?:nbsp|#160|#xa0);/gi, " ")
    .replace(/&(?:quot|ldquo|rdquo|#34|apos|#39|lsquo|rsquo);/gi, "'")
    .replace(/&amp;/gi, "&");
}

/** A file called like a licence; a program called so (`bin/license-checker`) is a source. */
export function licenceTextFile(path: string, bytes: Buffer): readonly ScannedFile[] {
  if (bytes.subarray(0, 2).toString("latin1") === "#!") return sourceFile(path, bytes);
  const { ids, offered, artwork, restriction, unknownWords, words } = readLicenceText(
    decodeText(path, bytes),
  );
  const nothing = ids.length === 0 && offered.length === 0;
  return [
    {
      kind: "licence-text",
      path,
      sha256: pinOfBytes(bytes),
      ids,
      offered,
      artwork,
      restriction,
      unknownWords,
      unknown: nothing ? words.slice(0, 4000) : undefined,
    },
  ];
}

/** A whole licence text in a document that is not called one; a mention or a quotation is none. */
export function textInProse(path: string, bytes: Buffer): readonly ScannedFile[] {
  if (!textMarks.some((mark) => bytes.includes(mark))) return [];
  const ids = [...new Set(windowsOf(decodeText(path, bytes)).flatMap(knownIds))];
  if (ids.length === 0) return [];
  const nothing = { offered: [], artwork: [], restriction: undefined, unknownWords: 0, unknown: undefined };
  return [{ kind: "licence-text", path, sha256: pinOfBytes(bytes), ids, ...nothing }];
}

/** A document of many megabytes is looked at in parts, which share more than the longest licence has. */
const windowLength = 1024 * 1024;
const windowOverlap = 128 * 1024;

function windowsOf(text: string): readonly string[] {
  const count = Math.max(1, Math.ceil((text.length - windowOverlap) / (windowLength - windowOverlap)));
  return Array.from({ length: count }, (_, at) => {
    const from = at * (windowLength - windowOverlap);
    return text.slice(from, from + windowLength);
  });
}

function knownIds(text: string): readonly string[] {
  return matchKnownTexts(wordsOf(text).split(" ")).matches.map(({ id }) => id);
}

/** Each in some text that the policy does not simply allow. */
const textMarks = [
  "GENERAL PUBLIC LICENSE",
  "General Public License",
  "Public License",
  "Source License",
  "Elastic License",
  "Commons Clause",
  "Sustainable Use",
  "PolyForm",
  "copyleft",
];

export function readmeFile(path: string, bytes: Buffer): readonly ScannedFile[] {
  const section = licenceSection(decodeText(path, bytes));
  const words = wordsOf(section);
  const leading = leadingStatement(words);
  const statements = [...(leading === undefined ? [] : [leading]), ...statementsIn(words)];
  return statements.length === 0 ? [] : [{ kind: "readme", path, statements }];
}

/** What stands below a heading "License", as far as the next heading; a badge or a table of contents is none. */
function licenceSection(text: string): string {
  const lines = text.slice(0, 500_000).split(/\r?\n/);
  const sections: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (
      !isHeading(lines, at) ||
      !/^\W*(?:\d+\W+)?(?:the )?(?:software )?(?:licen[cs](?:e|es|ing)|legal|copyright)\b/i.test(lines[at]!)
    )
      continue;
    const end = lines.findIndex((_, next) => next > at + 1 && isHeading(lines, next));
    sections.push(
      lines
        .slice(at + 1, end < 0 ? undefined : end)
        .join("\n")
        .slice(0, 1500),
    );
  }
  return sections.join("\n");
}

function isHeading(lines: readonly string[], at: number): boolean {
  return (
    /^ {0,3}#{1,6}\s*\S|^\s*<h[1-6]\b|^=+ \S/i.test(lines[at]!) ||
    (/\S/.test(lines[at]!) && /^\s*(?:={3,}|-{3,})\s*$/.test(lines[at + 1] ?? ""))
  );
}

/** Bytes are searched before they become text: most sources name no licence. */
export function sourceFile(path: string, bytes: Buffer): readonly ScannedFile[] {
  if (!grantMarks.some((mark) => bytes.includes(mark))) return [];
  const grants = headerGrants(bytes.toString("utf8"));
  return grants.length === 0 ? [] : [{ kind: "source", path, sha256: pinOfBytes(bytes), grants }];
}

/** Whatever `headerGrants` looks for has one of these, also where a line ends between its words. */
const grantMarks = [
  "SPDX-License-Identifier",
  "@license",
  "@licence",
  "GPL",
  "Public License",
  "General Public",
  "Affero",
  "Business Source License",
  "Elastic License",
  "Functional Source License",
  "Commons Clause",
  "PolyForm",
  "nauthorized copying",
];

/** @throws SyntaxError when it is no JSON object. */
export function parseManifest(bytes: Buffer): Manifest {
  const json = record(JSON.parse(bytes.toString("utf8").replace(/^\uFEFF/, "")));
  if (json === undefined) throw new SyntaxError("it is not a JSON object");
  const scripts = record(json["scripts"]) ?? {};
  const text = (key: string): string | undefined => (typeof json[key] === "string" ? json[key] : undefined);
  return {
    name: text("name"),
    version: text("version"),
    private: json["private"] === true,
    licence: json["license"] ?? json["licence"] ?? json["licenses"],
    installScripts: Object.fromEntries(
      ["preinstall", "install", "postinstall"].flatMap((name) => {
        const script = scripts[name];
        return typeof script === "string" ? [[name, script]] : [];
      }),
    ),
    json,
  };
}

/** ELF; WebAssembly; Mach-O 32/64 in both byte orders and universal; PE starts with "MZ". */
export function isNativeHead(head: Buffer): boolean {
  if (head.length < 4) return false;
  const magic = head.readUInt32BE(0);
  const known = [0x7f454c46, 0x0061736d, 0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe];
  return known.includes(magic) || head.subarray(0, 2).toString("latin1") === "MZ";
}
