/** The front ends, by hand and in order: the first row that claims a file reads it. */
import type { FrontEndRow } from "../frontend.ts";
import { possibleInC } from "../rules.ts";
import { frontEnd as c } from "./c.ts";
import { frontEnd as config } from "./config.ts";
import { frontEnd as dockerfile } from "./dockerfile.ts";
import { frontEnd as go } from "./go.ts";
import { frontEnd as javascript } from "./javascript.ts";
import { frontEnd as makefile } from "./makefile.ts";
import { frontEnd as python } from "./python.ts";
import { frontEnd as rust } from "./rust.ts";
import { frontEnd as shell } from "./shell.ts";
import { frontEnd as systemd } from "./systemd.ts";

export const frontEnds: readonly FrontEndRow[] = [
  {
    id: "javascript",
    extensions: [".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"],
    interpreter: /^(?:node|deno|bun|tsx|zx|ts-node)$/,
    frontEnd: javascript,
  },
  {
    id: "c",
    extensions: [
      ".c",
      ".h",
      ".cc",
      ".cpp",
      ".cxx",
      ".c++",
      ".hh",
      ".hpp",
      ".hxx",
      ".ipp",
      ".inl",
      ".cu",
      ".cuh",
    ],
    alsoNeeds: possibleInC,
    frontEnd: c,
  },
  { id: "go", extensions: [".go"], frontEnd: go },
  { id: "rust", extensions: [".rs"], frontEnd: rust },
  {
    id: "python",
    extensions: [".py", ".pyi", ".pyw"],
    names: /^(?:SConstruct|SConscript|wscript)$/,
    interpreter: /^python[\d.]*$/,
    frontEnd: python,
  },
  {
    id: "shell",
    extensions: [".sh", ".bash", ".ksh", ".ash", ".dash", ".zsh", ".envrc"],
    names: /^(?:\.bashrc|\.bash_profile|\.profile|\.envrc|\.zshrc|APKBUILD|PKGBUILD|configure)$/,
    interpreter: /^(?:ba|da|a|k|z)?sh$/,
    frontEnd: shell,
  },
  {
    id: "dockerfile",
    extensions: [".dockerfile", ".containerfile"],
    names: /^(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?$/i,
    frontEnd: dockerfile,
  },
  {
    id: "makefile",
    extensions: [".mk", ".mak"],
    names: /^(?:GNU)?[mM]akefile(?:\.(?:am|in|inc|common))?$/,
    frontEnd: makefile,
  },
  {
    id: "systemd",
    extensions: [
      ".service",
      ".socket",
      ".mount",
      ".automount",
      ".swap",
      ".slice",
      ".scope",
      ".timer",
      ".target",
      ".path",
    ],
    paths: /\.(?:service|socket|mount|slice|timer|nspawn)\.d\/[^/]+\.conf$/,
    frontEnd: systemd,
  },
  { id: "config", extensions: [".yml", ".yaml", ".json", ".jsonc"], frontEnd: config },
];

/** Languages in which a forbidden mechanism could stand and that nobody here reads: listed, never skipped in silence. */
const uncovered: ReadonlySet<string> = new Set(
  (
    ".java .kt .kts .scala .groovy .gradle .clj .cljs .rb .php .pl .pm .lua .swift .m .mm .cs .fs .vb .zig .nim .v .d .hs .ml .mli " +
    ".ex .exs .erl .dart .jl .r .cr .s .asm .ps1 .psm1 .fish .csh .tcsh .awk .vue .svelte .astro .tf .hcl .nix .bats .tcl .pas .adb .ads .f90 .cob"
  ).split(" "),
);

export type Claim =
  | { readonly kind: "covered"; readonly row: FrontEndRow }
  | { readonly kind: "uncovered"; readonly language: string }
  /** Not source as far as the name tells; the first bytes decide (`#!`, ELF). */
  | { readonly kind: "look-inside" }
  | { readonly kind: "not-source" };

/** Batch files are here because their interpreter exists on Windows only and never meets this kernel. */
const binaryOrText =
  /\.(?:md|markdown|txt|rst|adoc|html?|css|scss|less|svg|png|jpe?g|gif|webp|ico|woff2?|ttf|eot|pdf|map|lock|csv|tsv|toml|ini|cfg|conf|properties|xml|xsd|proto|sql|graphql|snap|patch|diff|log|po|mo|license|gitignore|gitattributes|npmrc|editorconfig|wasm|zip|gz|tgz|xz|bz2|zst|br|7z|jar|class|bat|cmd|pyc|o|a|lo|la|dat|db|sqlite|mp[34]|wav|ogg|webm)$/i;

export function claimOf(path: string): Claim {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 ? name.slice(dot).toLowerCase() : "";
  const row = frontEnds.find(
    (each) =>
      each.names?.test(name) === true ||
      (extension !== "" && each.extensions.includes(extension)) ||
      each.paths?.test(path) === true,
  );
  if (row !== undefined) return { kind: "covered", row };
  if (uncovered.has(extension)) return { kind: "uncovered", language: extension };
  // Relocatable objects and archives are not run; what is linked from them is.
  return binaryOrText.test(name) ? { kind: "not-source" } : { kind: "look-inside" };
}

export type Inside =
  | { readonly kind: "elf" }
  | { readonly kind: "script"; readonly row: FrontEndRow }
  | { readonly kind: "uncovered"; readonly language: string }
  | { readonly kind: "not-source" };

/** What the first bytes of a file say. */
export function insideOf(bytes: Uint8Array): Inside {
  if (bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46)
    return { kind: "elf" };
  if (bytes[0] !== 0x23 || bytes[1] !== 0x21) return { kind: "not-source" };
  const line = Buffer.from(bytes.subarray(2, 256)).toString("latin1").split("\n")[0] ?? "";
  const program = /^\s*(?:\S*\/)?env\s+(?:-\S+\s+)*(\S+)|^\s*(\S+)/.exec(line);
  const name = (program?.[1] ?? program?.[2] ?? "").replace(/^.*\//, "").trim();
  const row = frontEnds.find((each) => each.interpreter?.test(name) === true);
  return row === undefined ? { kind: "uncovered", language: `#!${name}` } : { kind: "script", row };
}
