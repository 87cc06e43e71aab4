/**
 * Reads shell: a script, or one command line already split into words. Every text that some other language hands
 * to a shell ends here, so this is where most of the guard's judgement happens.
 *
 * A name counts only in the place of a command, after wrappers (`sudo`, `env`, `xargs` ...) are taken off and
 * constants of the script filled in; what is handed to another shell (`sh -c`, `eval`, a here-document, a pipe
 * into `sh`) is read again as a script. A function of the script shadows the program of the same name, and a
 * function that runs its own arguments (`run() { sudo "$@"; }`) is a wrapper.
 */
import {
  forEachChild,
  parse,
  type Command,
  type ParsedScript,
  type Redirection,
  type SyntaxNode,
} from "unbash";
import {
  distinct,
  hit,
  movedTo,
  placesOf,
  type Hit,
  type Place,
  type Problem,
  type ScanResult,
} from "../hit.ts";
import { commandRule, forbiddenWrites, notedReads, ruleOfCapability } from "../rules.ts";
import { commandInContainer, containerTools, hasContainerOptions, privilegesOf } from "./containers.ts";
import { Constants, isExact, textOf, unknownPart, variableOf, wordsOf } from "./words.ts";
import { interpreters, remoteRunners, shells, unwrap, wrapperNamed } from "./wrappers.ts";

export { unknownPart } from "./words.ts";

/** Scans source of another language found in a command line (`python3 -c '...'`). */
export type Embed = (language: "python" | "javascript", code: string) => ScanResult;

/** `sh -c "sh -c ..."`: deeper than anyone nests by hand; a text that goes deeper is reported, not followed. */
const deepestNesting = 12;

/** The parser's own recursion is bounded; ours follows the tree it returns, so it is bounded as well. */
const deepestTree = 400;

export function scanShell(text: string, embed?: Embed): ScanResult {
  return new ShellScan(text, embed, 0).script();
}

/** One command line as words, as `spawn(file, args)` and the exec form of a Dockerfile give it. */
export function scanArgv(words: readonly string[], embed?: Embed): ScanResult {
  const scan = new ShellScan("", embed, 0);
  scan.commandLine(words, { line: 1, column: 1 }, false, []);
  return scan.result();
}

/** What writing to (or reading from) a file means by its path alone. */
export function ruleOfWrite(path: string): string | undefined {
  return forbiddenWrites.find((row) => row.path.test(path))?.rule;
}

export function ruleOfRead(path: string): string | undefined {
  return notedReads.find((row) => row.path.test(path))?.rule;
}

class ShellScan {
  readonly #text: string;
  readonly #embed: Embed | undefined;
  readonly #nesting: number;
  readonly #placeOf: (offset: number) => Place;
  readonly #constants = new Constants();
  readonly #functions = new Set<string>();
  readonly #runners = new Set<string>();
  readonly #hits: Hit[] = [];
  readonly #problems: Problem[] = [];

  constructor(text: string, embed: Embed | undefined, nesting: number) {
    this.#text = text;
    this.#embed = embed;
    this.#nesting = nesting;
    this.#placeOf = placesOf(text);
  }

  script(): ScanResult {
    const tree = parse(this.#text);
    this.#note(tree);
    this.#collect(tree, 0);
    this.#visit(tree, undefined, 0);
    return this.result();
  }

  result(): ScanResult {
    return { hits: distinct(this.#hits), problems: this.#problems };
  }

  #note(script: ParsedScript): void {
    for (const error of script.errors ?? []) {
      const { line } = this.#placeOf(error.pos);
      this.#problems.push({ code: "parse-error", reason: `shell: ${error.message}`, line });
    }
  }

  /** Constants and functions first: a function may be called above the place where it is defined. */
  #collect(node: SyntaxNode, depth: number): void {
    if (depth > deepestTree) return;
    if (node.type === "Function") {
      const name = node.name.value;
      this.#functions.add(name);
      if (runsItsArguments(node, 0)) this.#runners.add(name);
    }
    if (node.type === "Assignment") {
      if (node.value.type === "ArrayValue") {
        this.#constants.setList(
          node.name,
          node.value.elements.flatMap((element) => wordsOf(element, this.#constants)),
        );
      } else if (node.append === true || node.index !== undefined) {
        this.#constants.set(node.name, unknownPart);
      } else {
        this.#constants.set(node.name, textOf(node.value, this.#constants));
      }
    }
    forEachChild(node, (child) => this.#collect(child, depth + 1));
  }

  /** `fixed`: the place to report when positions below count in another text (an escaped backtick script). */
  #visit(node: SyntaxNode, fixed: Place | undefined, depth: number): void {
    if (depth > deepestTree) {
      const reason = `shell: nested deeper than ${deepestTree} levels`;
      if (!this.#problems.some((problem) => problem.reason === reason)) {
        this.#problems.push({ code: "too-deep", reason, line: this.#placeOf(node.pos).line });
      }
      return;
    }
    const at = fixed ?? this.#placeOf(node.pos);
    if (node.type === "Script" && depth > 0) this.#note(node);
    if (node.type === "Command") this.#command(node, at);
    if (node.type === "Redirected") this.#redirections(node.redirects, at);
    if (node.type === "Pipeline") this.#pipeline(node.commands, at);
    const below = node.type === "Script" && node.source !== undefined ? at : fixed;
    forEachChild(node, (child) => this.#visit(child, below, depth + 1));
  }

  #command(command: Command, at: Place): void {
    this.#redirections(command.redirects, at);
    if (command.name === undefined) return;
    const [first, ...more] = [command.name, ...command.args].map((word) =>
      word.type === "Assignment" ? [word.text] : wordsOf(word, this.#constants),
    );
    const variable = variableOf(command.name);
    const named = first ?? [];
    // `$SUDO mount ...`: the variable is empty or a wrapper, and what follows is a command either way.
    const isSudo =
      named.some((word) => !isExact(word)) &&
      variable !== undefined &&
      /sudo|doas|as_?root|priv/i.test(variable);
    this.commandLine([...(isSudo ? [] : named), ...more.flat()], at, false, command.redirects);
  }

  commandLine(
    words: readonly string[],
    at: Place,
    moreArgumentsCome: boolean,
    redirects: readonly Redirection[],
  ): void {
    const [first, ...rest] = words;
    if (first === undefined) return;
    if (/\s/.test(first) && rest.length === 0 && this.#text === "") return; // one word with blanks is no program
    const name = programName(first);
    if (name === undefined) return;
    if (this.#functions.has(name)) {
      if (this.#runners.has(name)) this.commandLine(rest, at, moreArgumentsCome, []);
      return;
    }
    const rule = commandRule(name, rest, moreArgumentsCome);
    if (rule !== undefined) this.#hits.push(hit(rule, `\`${[name, ...rest].join(" ")}\``, at));
    this.#capabilityTools(name, rest, at);
    this.#container(name, rest, at);
    this.#runsAnother(name, rest, at, redirects);
  }

  #capabilityTools(name: string, rest: readonly string[], at: Place): void {
    const texts =
      name === "setcap" && !rest.includes("-r")
        ? [rest.find((word) => /^cap_|^all\b/i.test(word)) ?? ""]
        : name === "capsh"
          ? rest
              .filter((word) => /^--(?:caps|addamb|inh|iab)=/.test(word))
              .map((word) => word.slice(word.indexOf("=") + 1))
          : name === "setpriv" || name === "pscap"
            ? rest
                .filter((word) => /^--(?:ambient-caps|inh-caps)=/.test(word))
                .map((word) => word.slice(word.indexOf("=") + 1))
            : [];
    for (const text of texts) {
      const names = text
        .split(/[\s,;+=]+/)
        .filter((piece) => !piece.startsWith("-") && !piece.startsWith("!"));
      const rules = names.map((piece) => ruleOfCapability(piece.replace(/^\^/, "")));
      const rule = rules.includes("cap-sys-admin")
        ? "cap-sys-admin"
        : rules.find((each) => each !== undefined);
      if (rule !== undefined) this.#hits.push(hit(rule, `\`${name} ${rest.join(" ")}\``, at));
    }
  }

  #container(name: string, rest: readonly string[], at: Place): void {
    if (!containerTools.has(name) || !hasContainerOptions(rest)) return;
    const inside = commandInContainer(rest);
    for (const found of privilegesOf(rest.slice(0, rest.length - inside.length))) {
      this.#hits.push(hit(found.rule, `\`${name} ... ${found.what}\``, at));
    }
    this.commandLine(inside, at, false, []);
  }

  /** Everything through which one command line contains another. */
  #runsAnother(name: string, rest: readonly string[], at: Place, redirects: readonly Redirection[]): void {
    const wrapper = wrapperNamed(name);
    if (wrapper !== undefined) {
      const inner = unwrap(wrapper, rest);
      if (inner.kind === "script") {
        this.#nested(inner.text, at);
        // `ssh host sudo bash <<EOF`: the here-document reaches the shell at the other end.
        if (redirects.length > 0) this.commandLine(inner.text.split(/\s+/), at, false, redirects);
      }
      if (inner.kind === "nothing" && name === "ssh") this.#shell([], at, redirects);
      if (inner.kind === "command") {
        this.commandLine(inner.words, at, inner.moreArgumentsCome, redirects);
        return;
      }
    }
    if (shells.has(name)) this.#shell(rest, at, redirects);
    if (name === "trap") this.#nested(rest[0] ?? "", at);
    if (name === "find") this.#findExec(rest, at);
    if (name === "ip") {
      const exec = rest.indexOf("exec");
      if (exec !== -1 && rest.includes("netns")) this.commandLine(rest.slice(exec + 2), at, false, []);
    }
    const remote = remoteRunners.get(name);
    if (remote?.test(rest[0] ?? "") === true) {
      const end = rest.indexOf("--");
      if (end !== -1) this.commandLine(rest.slice(end + 1), at, false, []);
    }
    const interpreter = interpreters.get(name);
    if (interpreter !== undefined && this.#embed !== undefined) {
      const option = rest.findIndex((word) => interpreter.option.test(word));
      const code = option === -1 ? undefined : rest[option + 1];
      if (code !== undefined) this.#take(this.#embed(interpreter.language, code), at);
    }
  }

  #shell(rest: readonly string[], at: Place, redirects: readonly Redirection[]): void {
    const option = rest.findIndex((word) => /^-\w*c\w*$/.test(word));
    if (option !== -1) {
      const script = rest.slice(option + 1).find((word) => !/^[-+]\w+$/.test(word));
      this.#nested(script ?? "", at);
      return;
    }
    const readsInput =
      rest.every((word) => word.startsWith("-") || word === "pipefail") || rest.includes("-s");
    if (!readsInput) return;
    for (const redirect of redirects) {
      if (redirect.type === "HereDoc") {
        const { line } = this.#placeOf(redirect.body.pos);
        this.#nested(redirect.body.text, { line, column: 1 });
      }
      if (redirect.type === "HereString" && redirect.target !== undefined) {
        this.#nested(textOf(redirect.target, this.#constants), at);
      }
    }
  }

  /** `find ... -exec umount {} +`: up to four commands in one line are followed, as many as anyone writes. */
  #findExec(rest: readonly string[], at: Place): void {
    rest.forEach((word, index) => {
      if (!/^-(?:exec|execdir|ok|okdir)$/.test(word)) return;
      const after = rest.slice(index + 1);
      const end = after.findIndex((each) => each === ";" || each === "+");
      this.commandLine(end === -1 ? after : after.slice(0, end), at, false, []);
    });
  }

  /** `echo "..." | sh` and `cat <<EOF | sudo bash`: what is written into the pipe is what runs. */
  #pipeline(commands: readonly SyntaxNode[], at: Place): void {
    commands.forEach((consumer, index) => {
      const producer = commands[index - 1];
      if (consumer.type !== "Command" || producer?.type !== "Command" || !this.#isBareShell(consumer)) return;
      const name = producer.name?.value;
      if (name === "echo" || name === "printf") {
        const texts = producer.args.map((word) =>
          word.type === "Word" ? textOf(word, this.#constants) : word.text,
        );
        this.#nested(texts.filter((text) => !/^-[neE]+$/.test(text)).join(" "), at);
      }
      if (name !== "cat") return;
      for (const redirect of producer.redirects) {
        if (redirect.type !== "HereDoc") continue;
        const { line } = this.#placeOf(redirect.body.pos);
        this.#nested(redirect.body.text, { line, column: 1 });
      }
    });
  }

  #isBareShell(command: Command): boolean {
    let words = [command.name, ...command.args].flatMap((word) =>
      word === undefined ? [] : word.type === "Assignment" ? [word.text] : wordsOf(word, this.#constants),
    );
    for (let round = 0; round < 4; round += 1) {
      const name = programName(words[0] ?? "");
      if (name === undefined) return false;
      if (shells.has(name)) return words.slice(1).every((word) => word.startsWith("-"));
      const wrapper = wrapperNamed(name);
      const inner = wrapper === undefined ? undefined : unwrap(wrapper, words.slice(1));
      if (inner?.kind !== "command") return false;
      words = [...inner.words];
    }
    return false;
  }

  #redirections(redirects: readonly Redirection[], at: Place): void {
    for (const redirect of redirects) {
      if (redirect.type !== "Redirect" || redirect.target === undefined) continue;
      const path = textOf(redirect.target, this.#constants);
      const writes = redirect.operator.includes(">") && redirect.operator !== ">&";
      const rule = writes ? ruleOfWrite(path) : ruleOfRead(path);
      if (rule !== undefined) this.#hits.push(hit(rule, `\`${redirect.operator} ${path}\``, at));
    }
  }

  #nested(text: string, at: Place): void {
    if (text.trim() === "" || text === unknownPart) return;
    if (this.#nesting >= deepestNesting) {
      this.#problems.push({
        code: "too-deep",
        reason: `shell: more than ${deepestNesting} scripts inside each other`,
        line: at.line,
      });
      return;
    }
    const inner = new ShellScan(text, this.#embed, this.#nesting + 1).script();
    // Problems in a script made of unknown parts are those of the unknown parts, not of the file.
    this.#take({ hits: inner.hits, problems: isExact(text) ? inner.problems : [] }, at);
  }

  #take(found: ScanResult, at: Place): void {
    const moved = movedTo(found, at);
    this.#hits.push(...moved.hits);
    this.#problems.push(...moved.problems);
  }
}

/** `mount` for `mount`, `/bin/mount`, `\mount`; undefined for a path that is not a system directory: that is the project's own program. */
function programName(word: string): string | undefined {
  if (!isExact(word)) return undefined;
  const slash = word.lastIndexOf("/");
  if (slash === -1) return word;
  return /(?:^|\/)s?bin\/[^/]+$/.test(word) && word.startsWith("/") ? word.slice(slash + 1) : undefined;
}

/** Whether a function runs what it was given: `"$@"` in the place of a command, or right behind a wrapper. */
function runsItsArguments(node: SyntaxNode, depth: number): boolean {
  if (depth > deepestTree) return false;
  if (node.type === "Command") {
    const words = [node.name, ...node.args].filter((word) => word?.type === "Word");
    const given = words.findIndex((word) => /^"?\$(?:[@*]|\{[@*]\})"?$/.test(word?.text ?? ""));
    if (given === 0) return true;
    if (given > 0 && words.slice(0, given).every((word, index) => isWrapperWord(word?.value ?? "", index)))
      return true;
  }
  let found = false;
  forEachChild(node, (child) => {
    found ||= runsItsArguments(child, depth + 1);
  });
  return found;
}

function isWrapperWord(word: string, index: number): boolean {
  if (index > 0 && word.startsWith("-")) return true;
  return wrapperNamed(word)?.joins === undefined && wrapperNamed(word) !== undefined;
}
