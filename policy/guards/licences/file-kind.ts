/** What a file is to the licence guard, by its name alone. Names are data: one pattern per kind, tried in order. */

export type FileKind =
  | "manifest"
  /** Its name says that it holds a licence or notices, and it can be read as text. */
  | "licence-text"
  /** Its name says so, but it is no text: PDF, a word processor's file. */
  | "licence-unreadable"
  | "readme"
  | "native"
  | "archive"
  | "source"
  /** Documents: a licence text may stand in any of them. */
  | "prose"
  /** No extension that says anything: its first bytes may. */
  | "unnamed"
  | "ignored";

const licenceName =
  /^(?:(?:[\w.@+-]*[-_. ])?(?:licen[cs]es?|copying|unlicen[cs]e|eula|copyrights?|patents)(?:[-_. ].*)?|notices?(?:[-_.].*)?|.*third[-_ ]?part(?:y|ies).*|.*3rd[-_ ]?party.*|(?:legal|terms)(?:[-_. ].*)?|(?:l?gpl|agpl|mpl|apache|mit|bsd|epl|cc0|cc-by|sspl|busl|artistic|mit-license|gnu)(?:[-_ v]?[\d.]+)*(?:[-_](?:only|or-later|clause|license))*(?:\.(?:txt|md|html?))?)$/i;
/** Code and data that are called after a licence: `license.js`, `licenses.json`. */
const notProse =
  /\.(?:[cm]?[jt]sx?|json5?|map|py|rb|go|rs|java|kt|c|h|cc|cpp|hpp|cs|php|sh|ya?ml|toml|xml|css|s[ac]ss|less|svg|ico|node|wasm|snap|inc|mk|cmake|vue|svelte|pl|lua|swift|scala|clj|erl|ex|exs|dart|proto|graphql|sql|csv|tsv|lock|ejs|hbs|mustache|tmpl|tpl|flow|patch|diff|pem|crt|key|properties)$/i;
const unreadableText = /\.(?:pdf|docx?|odt|rtf|pages)$/i;
const picture = /\.(?:png|jpe?g|gif|webp|tiff?|bmp|avif|woff2?|ttf|otf|eot)$/i;
const licenceDirectory = /^(?:licen[cs]es|LICEN[CS]ES|legal)$/;
const nativeName =
  /\.(?:node|wasm|so(?:\.\d+)*|dylib|dll|exe|a|lib|o|obj|jar|class|pyd|elf|bc|ko|framework)$/i;
const archiveName =
  /\.(?:zip|tgz|tar|tar\.\w+|7z|rar|gz|xz|bz2|zst|br|asar|whl|gem|crate|deb|rpm|nupkg|apk|dmg|msi|pkg|cab)$/i;
const sourceName =
  /\.(?:[cm]?[jt]sx?|py|rb|go|rs|java|kt|scala|c|h|cc|cpp|cxx|hpp|hh|hxx|inl|m|mm|cs|php|sh|bash|ps1|css|s[ac]ss|less|styl|vue|svelte|astro|pl|pm|lua|swift|gyp|gypi|s|asm|coffee|dart|ex|exs|erl|clj|hs|ml|jl|r|sql|proto|cu|cl|glsl|frag|vert|wgsl|zig|nim|v|vhd|f90|el)$/i;
const proseName = /\.(?:md|markdown|mdx|txt|text|html?|rst|adoc|asciidoc|org|1)$/i;
const ignoredName =
  /\.(?:json5?|jsonl|map|ya?ml|toml|xml|svg|png|jpe?g|gif|webp|avif|ico|bmp|cur|woff2?|ttf|otf|eot|snap|lock|csv|tsv|pdf|mp[34]|ogg|wav|webm|patch|diff|pem|crt|key|tsbuildinfo|flow|properties|bnf|pegjs|hbs|ejs|mustache)$/i;

/** @param parent name of the directory it stands in. */
export function fileKind(name: string, parent: string): FileKind {
  if (name === "package.json") return "manifest";
  if (/^readme(?:\..*)?$/i.test(name) && !notProse.test(name)) return "readme";
  if (
    !notProse.test(name) &&
    !picture.test(name) &&
    (licenceName.test(name) || licenceDirectory.test(parent))
  ) {
    if (unreadableText.test(name)) return licenceName.test(name) ? "licence-unreadable" : "ignored";
    return nativeName.test(name) || archiveName.test(name) ? "archive" : "licence-text";
  }
  if (nativeName.test(name)) return "native";
  if (archiveName.test(name)) return "archive";
  if (sourceName.test(name)) return "source";
  if (proseName.test(name)) return "prose";
  return ignoredName.test(name) ? "ignored" : "unnamed";
}
