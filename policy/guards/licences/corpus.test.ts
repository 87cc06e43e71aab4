/**
 * The labelled corpus of packages (`corpus/packages.yaml`), scored in one run of the guard: what has to be denied is
 * never missed, and what has to pass is hardly ever held back.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { parse } from "yaml";
import { noExceptions } from "../../exceptions.ts";
import { plantTree } from "../guard.suite.ts";
import type { Tree } from "../guard.suite.ts";
import { licenceGuard } from "../licences.ts";
import type { PackageLicence } from "../licences.ts";
import type { Collected } from "./declared.ts";
import { knownTexts } from "./known-texts.ts";
import type { LicenceClass } from "./table.ts";

interface Planted {
  readonly name: string;
  readonly licence?: unknown;
  readonly licences?: unknown;
  readonly scripts?: object;
  readonly files?: Readonly<Record<string, string>>;
  readonly utf16?: boolean;
  readonly verdict: LicenceClass;
  readonly chosen?: string;
}

const corpus = (
  parse(readFileSync(path.join(import.meta.dirname, "corpus/packages.yaml"), "utf8")) as {
    packages: readonly Planted[];
  }
).packages;

const changes: Readonly<Record<string, (text: string) => string>> = {
  untitled: (text) =>
    text
      .split("\n")
      .slice(Math.min(4, text.split("\n").length >> 2))
      .join("\n"),
  rewrapped: (text) => text.replace(/\s+/g, " ").replace(/(.{1,40}) /g, "$1\r\n\t"),
  shouted: (text) => text.toUpperCase(),
  html: (text) =>
    `<!DOCTYPE html><html><head><style>p { color: red }</style></head><body>${text.replace(/"/g, "&quot;").replace(/ (\w+)/g, (word, letters: string) => (letters.length > 9 ? ` <b class="x">${letters}</b>` : word))}</body></html>`,
  commented: (text) => `/*\n${text.replace(/^/gm, " * ")}\n */\n`,
  renamed: (text) =>
    text.replace(/\b(?:GNU )?(?:Affero )?General Public License\b|\bA?GPL\b/gi, "Acme Terms"),
  worn: (text) => text.replace(/((?:\S+\s+){39})\S+/g, "$1whatever"),
  half: (text) => text.slice(0, text.length / 2),
};

const texts = knownTexts();

function expanded(content: string): string {
  return content.replace(/\{\{([\w.#-]+)(?:\|(\w+))?\}\}/g, (_whole, id: string, change?: string) => {
    const text = texts.get(id);
    assert.ok(text !== undefined, `no known text ${id}`);
    const changed = change === undefined ? text : changes[change]?.(text);
    assert.ok(changed !== undefined, `no change ${change}`);
    return changed;
  });
}

async function scored(context: TestContext): Promise<ReadonlyMap<string, PackageLicence>> {
  const tree: Record<string, string | Uint8Array> = {};
  const entries = corpus.map(({ name }) => [`node_modules/${name}`, { version: "1.0.0" }] as const);
  const root = { name: "shop", version: "1.0.0", private: true, license: "Apache-2.0" };
  tree["package.json"] = JSON.stringify(root);
  tree["package-lock.json"] = JSON.stringify({
    lockfileVersion: 3,
    packages: { "": root, ...Object.fromEntries(entries) },
  });
  for (const { name, licence, licences, scripts, files, utf16 } of corpus) {
    const manifest = { name, version: "1.0.0", license: licence, licenses: licences, scripts };
    tree[`node_modules/${name}/package.json`] = JSON.stringify(manifest);
    tree[`node_modules/${name}/index.js`] = "module.exports = 1;\n";
    for (const [file, content] of Object.entries(files ?? {})) {
      const text = expanded(content);
      tree[`node_modules/${name}/${file}`] = utf16 === true ? Buffer.from(`\uFEFF${text}`, "utf16le") : text;
    }
  }
  const collect = (): Promise<Collected> => Promise.resolve({ kind: "collected", fields: new Map() });
  const guard = licenceGuard({ collect });
  const planted = await plantTree(context, tree satisfies Tree);
  const result = await guard.run({
    root: planted,
    exceptions: noExceptions(new Date("2026-06-15T12:00:00Z")),
  });
  assert.deepEqual(result.notScanned, []);
  return new Map(result.packages.map((one) => [one.name, one]));
}

describe("the corpus of packages", () => {
  test("is large and balanced enough to mean something", () => {
    const count = (verdict: LicenceClass): number => corpus.filter((one) => one.verdict === verdict).length;
    assert.equal(new Set(corpus.map(({ name }) => name)).size, corpus.length);
    assert.ok(corpus.length >= 150, String(corpus.length));
    assert.ok(Math.min(count("allow"), count("review"), count("deny")) >= 40);
    assert.ok(corpus.filter(({ name }) => name.startsWith("not-")).length >= 20);
  });

  test("nothing denied is missed, nothing else is denied, and hardly anything is held back", async (context) => {
    const found = await scored(context);
    const wrong = corpus.flatMap(({ name, verdict, chosen }) => {
      const one = found.get(name)!;
      const right = one.verdict === verdict && (chosen === undefined || one.chosen === chosen);
      return right
        ? []
        : [
            `${name}: ${one.verdict} (${one.chosen}), expected ${verdict}: ${one.reasons.join(" ").slice(0, 200)}`,
          ];
    });
    const wasDenied = (name: string): boolean => found.get(name)?.verdict === "deny";
    const missed = corpus.filter(({ name, verdict }) => verdict === "deny" && !wasDenied(name));
    const falselyDenied = corpus.filter(({ name, verdict }) => verdict !== "deny" && wasDenied(name));
    assert.deepEqual(
      [missed.map(({ name }) => name), falselyDenied.map(({ name }) => name)],
      [[], []],
      wrong.join("\n"),
    );
    assert.ok(wrong.length <= 0.02 * corpus.length, wrong.join("\n"));
  });
});
