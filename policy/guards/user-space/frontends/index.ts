/** The front ends, by hand and in order: the first row that claims a file reads it. */
import type { FrontEndRow } from "../frontend.ts";
import { possibleInC, possibleInJavaScript, possibleInPython } from "../rules/triggers.ts";
import { frontEnd as c } from "./c.ts";
import { frontEnd as config } from "./config.ts";
import { frontEnd as dockerfile } from "./dockerfile.ts";
import { frontEnd as go } from "./go.ts";
import { frontEnd as javascript } from "./javascript.ts";
import { frontEnd as makefile } from "./makefile.ts";
import { frontEnd as markup } from "./markup.ts";
import { frontEnd as notebook } from "./notebook.ts";
import { frontEnd as python } from "./python.ts";
import { frontEnd as rust } from "./rust.ts";
import { frontEnd as shell } from "./shell.ts";
import { frontEnd as systemd } from "./systemd.ts";
import { frontEnd as tables, tablePaths } from "./tables.ts";
import { frontEnd as terraform } from "./terraform.ts";

const mebibyte = 1024 * 1024;

export const frontEnds: readonly FrontEndRow[] = [
  {
    id: "javascript",
    title: "JavaScript, TypeScript",
    extensions: [".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".es6", ".pac"],
    interpreter: /^(?:node|nodejs|deno|bun|tsx|zx|ts-node)$/,
    alsoNeeds: possibleInJavaScript,
    // Bundles are checked in; what starts nothing does not get here.
    limitBytes: 6 * mebibyte,
    frontEnd: javascript,
  },
  {
    id: "markup",
    title: "Vue, Svelte, Astro",
    extensions: [".vue", ".svelte", ".astro"],
    alsoNeeds: possibleInJavaScript,
    frontEnd: markup,
  },
  {
    id: "c",
    title: "C, C++",
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
      ".ino",
    ],
    alsoNeeds: possibleInC,
    frontEnd: c,
  },
  { id: "go", title: "Go", extensions: [".go"], frontEnd: go },
  { id: "rust", title: "Rust", extensions: [".rs"], frontEnd: rust },
  {
    id: "python",
    title: "Python",
    extensions: [".py", ".pyi", ".pyw", ".pyx"],
    names: /^(?:SConstruct|SConscript|wscript|Snakefile)$/,
    interpreter: /^(?:python|pypy)[\d.]*$/,
    alsoNeeds: possibleInPython,
    frontEnd: python,
  },
  { id: "notebook", title: "Jupyter notebooks", extensions: [".ipynb"], frontEnd: notebook },
  {
    id: "shell",
    title: "shell",
    extensions: [".sh", ".bash", ".ksh", ".ash", ".dash", ".zsh", ".envrc", ".bats", ".command"],
    names: /^(?:\.bashrc|\.bash_profile|\.profile|\.envrc|\.zshrc|APKBUILD|PKGBUILD|configure)$/,
    interpreter: /^(?:ba|da|a|k|z)?sh$|^bats$/,
    frontEnd: shell,
  },
  {
    id: "dockerfile",
    title: "Dockerfile",
    extensions: [".dockerfile", ".containerfile"],
    names: /^(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?$|^Earthfile$/i,
    limitBytes: mebibyte,
    frontEnd: dockerfile,
  },
  {
    id: "makefile",
    title: "Makefile, justfile",
    extensions: [".mk", ".mak", ".just"],
    names: /^(?:(?:GNU|BSD)?[mM]akefile(?:\.(?:am|in|inc|common|\w+))?|\.?[jJ]ustfile)$/,
    frontEnd: makefile,
  },
  {
    id: "systemd",
    title: "systemd, Podman units",
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
      ".container",
      ".pod",
      ".nspawn",
    ],
    paths: /\.(?:service|socket|mount|slice|timer|nspawn|container)\.d\/[^/]+\.conf$/,
    frontEnd: systemd,
  },
  {
    id: "terraform",
    title: "Terraform, Nomad, Packer (HCL)",
    extensions: [".tf", ".tofu", ".hcl", ".nomad"],
    frontEnd: terraform,
  },
  {
    id: "tables",
    title: "fstab, sysctl.d, modules-load.d, crontab, Procfile",
    extensions: [],
    paths: tablePaths,
    readsAll: true,
    limitBytes: mebibyte,
    frontEnd: tables,
  },
  {
    id: "config",
    title: "YAML, JSON",
    extensions: [".yml", ".yaml", ".json", ".jsonc"],
    // The parser of YAML makes a tree some fifty times as large as its text.
    limitBytes: 2 * mebibyte,
    frontEnd: config,
  },
];

/** Languages in which a forbidden mechanism could stand and that nobody here reads, with their extensions. */
const uncovered: Readonly<Record<string, string>> = {
  Java: ".java",
  Kotlin: ".kt .kts",
  Scala: ".scala .sc",
  Groovy: ".groovy .gradle",
  Clojure: ".clj .cljs .cljc",
  Ruby: ".rb .rake .gemspec .ru",
  PHP: ".php .phtml",
  Perl: ".pl .pm .t",
  Lua: ".lua",
  Swift: ".swift",
  "Objective-C": ".m .mm",
  "C#": ".cs .csx",
  "F#": ".fs .fsx",
  "Visual Basic": ".vb",
  Zig: ".zig",
  Nim: ".nim",
  V: ".v",
  D: ".d",
  Haskell: ".hs",
  OCaml: ".ml .mli",
  Elixir: ".ex .exs",
  Erlang: ".erl .hrl",
  Dart: ".dart",
  Julia: ".jl",
  R: ".r",
  Crystal: ".cr",
  Assembly: ".s .asm",
  PowerShell: ".ps1 .psm1",
  fish: ".fish",
  csh: ".csh .tcsh",
  Nushell: ".nu",
  AWK: ".awk",
  Tcl: ".tcl .exp",
  Nix: ".nix",
  Pascal: ".pas",
  Ada: ".adb .ads",
  Fortran: ".f90",
  COBOL: ".cob",
  CMake: ".cmake",
  Starlark: ".bzl .star",
  Racket: ".rkt",
  Scheme: ".scm",
  "Common Lisp": ".lisp",
};

const languageOf = new Map(
  Object.entries(uncovered).flatMap(([language, extensions]) =>
    extensions.split(" ").map((extension) => [extension, language] as const),
  ),
);

const languageOfName: readonly { readonly name: RegExp; readonly language: string }[] = [
  { name: /^Jenkinsfile(?:\.\w+)?$/, language: "Groovy" },
  {
    name: /^(?:Vagrantfile|Gemfile|Rakefile|Podfile|Fastfile|Brewfile|Guardfile|Capfile|Berksfile)$/,
    language: "Ruby",
  },
  { name: /^(?:CMakeLists\.txt|meson\.build)$/, language: "CMake" },
  { name: /^(?:BUILD|WORKSPACE|MODULE)(?:\.bazel)?$|^Tiltfile$/, language: "Starlark" },
];

export type Claim =
  | { readonly kind: "covered"; readonly row: FrontEndRow }
  | { readonly kind: "uncovered"; readonly language: string }
  /** Settings in a format nobody here reads: searched for words, and reported only where there are any. */
  | { readonly kind: "settings"; readonly language: string }
  /** Not source as far as the name tells; the first bytes decide (`#!`, ELF). */
  | { readonly kind: "look-inside" }
  | { readonly kind: "not-source" };

const settings = /\.(?:toml|ini|cfg|conf|properties|plist|rules)$/i;

/** Batch files are here because their interpreter exists on Windows only and never meets this kernel. */
const binaryOrText =
  /\.(?:md|mdx|markdown|txt|rst|adoc|html?|css|scss|sass|less|styl|svg|png|jpe?g|gif|webp|avif|ico|icns|bmp|tiff?|psd|woff2?|ttf|otf|eot|pdf|map|lock|csv|tsv|xml|xsd|xsl|xslt|proto|thrift|sql|graphql|gql|snap|patch|diff|log|po|pot|mo|license|gitignore|gitattributes|npmrc|npmignore|editorconfig|wasm|zip|gz|tgz|xz|bz2|zst|br|7z|rar|jar|war|class|bat|cmd|pyc|pyo|o|a|lo|la|dat|db|sqlite|mp[34]|wav|ogg|webm|mov|avi|flac|parquet|avro|npy|npz|pkl|onnx|pb|bin|dll|dylib|exe|lib|pdb|dmg|iso|img|deb|rpm|apk|whl|crt|pem|key|pub|asc|sig|sum|tex|bib|ejs|hbs|mustache|pug|tmpl|liquid|flow|d\.ts\.map|tsbuildinfo)$/i;

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
  const language = languageOf.get(extension) ?? languageOfName.find((each) => each.name.test(name))?.language;
  if (language !== undefined) return { kind: "uncovered", language };
  if (settings.test(name)) return { kind: "settings", language: extension.slice(1).toUpperCase() };
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
  const program = /^\s*(?:\S*\/)?env\s+(?:-\S+\s+|\w+=\S*\s+)*(\S+)|^\s*(\S+)/.exec(line);
  const name = (program?.[1] ?? program?.[2] ?? "").replace(/^.*\//, "").trim();
  const row = frontEnds.find((each) => each.interpreter?.test(name) === true);
  return row === undefined ? { kind: "uncovered", language: `#!${name}` } : { kind: "script", row };
}
