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
import { commandRule, isCommandName } from "../rules.ts";
import { ruleOfCapabilities, ruleOfRead, ruleOfWrite } from "../rules/targets.ts";
import {
  commandInContainer,
  containerTools,
  hasContainerOptions,
  kubectlPrivileges,
  privilegesOf,
  type OptionFinding,
} from "./containers.ts";
import { fileUse } from "./files.ts";
import { carried, inputDescription, type Carried } from "./remote.ts";
import { Constants, isExact, textOf, unknownPart, variableOf, wordsOf } from "./words.ts";
import { interpreterNamed, isRunnerName, shells, unwrap, wrapperNamed } from "./wrappers.ts";

export { unknownPart } from "./words.ts";

/** Scans text of another language found in a command line or a here-document; the file name picks the front end. */
export type Embed = (path: string, code: string) => ScanResult;

/** `sh -c "sh -c ..."`: deeper than anyone nests by hand; a text that goes deeper is reported, not followed. */
const deepestNesting = 12;

/** The parser's own recursion is bounded; ours follows the tree it returns, so it is bounded as well. */
const deepestTree = 400;

export function scanShell(text: string, embed?: Embed): ScanResult {
  return new ShellScan(text, embed, 0).script();
}

/**
 * One command line as words, as `spawn(file, args)` and the exec form of a Dockerfile give it. `input` is what it reads
 * from its standard input, where that is known.
 */
export function scanArgv(words: readonly string[], embed?: Embed, input?: string): ScanResult {
  const scan = new ShellScan("", embed, 0);
  const at = { line: 1, column: 1 };
  scan.commandLine(words, {
    at,
    moreArgumentsCome: false,
    inputs: input === undefined ? [] : [{ text: input, at }],
  });
  return scan.result();
}

/** Text that a command reads from its standard input: a here-document, a here-string, what `echo` wrote into a pipe. */
interface Input {
  readonly text: string;
  readonly at: Place;
}

interface Circumstances {
  readonly at: Place;
  /** `xargs umount`: operands come later. */
  readonly moreArgumentsCome: boolean;
  readonly inputs: readonly Input[];
  /** Files its output goes to. */
  readonly outputs?: readonly string[];
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
        const values = node.value.elements.flatMap((element) => wordsOf(element, this.#constants));
        if (node.append === true) this.#constants.addToList(node.name, values);
        else this.#constants.setList(node.name, values);
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
    if (node.type === "Command") this.#command(node, at, []);
    if (node.type === "Redirected") this.#redirections(node.redirects, at);
    if (node.type === "Pipeline") this.#pipeline(node.commands, at);
    const below = node.type === "Script" && node.source !== undefined ? at : fixed;
    forEachChild(node, (child) => this.#visit(child, below, depth + 1));
  }

  #command(command: Command, at: Place, piped: readonly Input[]): void {
    if (piped.length === 0) this.#redirections(command.redirects, at);
    const words = this.#words(command);
    if (words === undefined) return;
    const inputs = [...this.#inputs(command.redirects, at), ...piped];
    const outputs = command.redirects.flatMap((each) =>
      each.type === "Redirect" && each.operator.includes(">") && each.target !== undefined
        ? [textOf(each.target, this.#constants)]
        : [],
    );
    this.commandLine(words, { at, moreArgumentsCome: false, inputs, outputs });
  }

  /** The words of a command, a variable that can only be a prefix (`$SUDO`, `$DRY_RUN`) left out. */
  #words(command: Command): string[] | undefined {
    if (command.name === undefined) return undefined;
    const [first = [], ...more] = [command.name, ...command.args].map((word) =>
      word.type === "Assignment" ? [word.text] : wordsOf(word, this.#constants),
    );
    const variable = variableOf(command.name);
    // The variable is empty or a wrapper, and what follows is a command either way.
    const isPrefix =
      first.some((word) => !isExact(word)) &&
      variable !== undefined &&
      /sudo|doas|root|priv|run|exec|prefix|ssh|cmd|wrap|dry/i.test(variable);
    return [...(isPrefix ? [] : first), ...more.flat()];
  }

  #inputs(redirects: readonly Redirection[], at: Place): Input[] {
    return redirects.flatMap((redirect): Input[] => {
      if (redirect.type === "HereDoc") {
        const { line } = this.#placeOf(redirect.body.pos);
        return [{ text: redirect.body.text, at: { line, column: 1 } }];
      }
      return redirect.type === "HereString" && redirect.target !== undefined
        ? [{ text: textOf(redirect.target, this.#constants), at }]
        : [];
    });
  }

  commandLine(words: readonly string[], circumstances: Circumstances): void {
    const { at } = circumstances;
    const [first, ...rest] = words;
    if (first === undefined) return;
    if (/\s/.test(first) && rest.length === 0 && this.#text === "") return; // one word with blanks is no program
    const name = programName(first);
    if (name === undefined) return;
    if (this.#functions.has(name)) {
      if (this.#runners.has(name)) this.commandLine(rest, { ...circumstances, inputs: [] });
      return;
    }
    const rule = commandRule(name, rest, circumstances.moreArgumentsCome);
    if (rule !== undefined) this.#hits.push(hit(rule, `\`${[name, ...rest].join(" ")}\``, at));
    else this.#files(name, rest, at);
    this.#capabilityTools(name, rest, at);
    this.#container(name, rest, circumstances);
    this.#runsAnother(name, rest, circumstances);
    this.#readsInput(name, rest, circumstances);
  }

  #files(name: string, rest: readonly string[], at: Place): void {
    const { writes, reads } = fileUse(name, rest);
    const what = `\`${[name, ...rest].join(" ")}\``;
    for (const path of writes) {
      const rule = ruleOfWrite(path);
      if (rule !== undefined) this.#hits.push(hit(rule, what, at));
    }
    for (const path of reads) {
      const rule = ruleOfRead(path);
      if (rule !== undefined) this.#hits.push(hit(rule, what, at));
    }
  }

  #capabilityTools(name: string, rest: readonly string[], at: Place): void {
    const rule = ruleOfCapabilities(
      capabilityTexts(name, rest).flatMap((text) =>
        text
          .split(/[\s,;+=]+/)
          .filter((piece) => !piece.startsWith("-") && !piece.startsWith("!"))
          .map((piece) => piece.replace(/^\^/, "")),
      ),
    );
    if (rule !== undefined) this.#hits.push(hit(rule, `\`${name} ${rest.join(" ")}\``, at));
  }

  #container(name: string, rest: readonly string[], circumstances: Circumstances): void {
    if (name === "kubectl" || name === "oc") {
      const { found, overrides } = kubectlPrivileges(rest);
      this.#privileges(name, found, circumstances.at);
      if (overrides === undefined || this.#embed === undefined) return;
      const pod = `{"apiVersion": "v1", "kind": "Pod", "template": ${overrides}}`;
      this.#take({ hits: this.#embed("overrides.json", pod).hits, problems: [] }, circumstances.at);
      return;
    }
    if (!containerTools.has(name) || !hasContainerOptions(rest)) return;
    const inside = commandInContainer(rest);
    this.#privileges(name, privilegesOf(rest.slice(0, rest.length - inside.length)), circumstances.at);
    this.commandLine(inside, { ...circumstances, moreArgumentsCome: false });
  }

  #privileges(name: string, found: readonly OptionFinding[], at: Place): void {
    for (const { rule, what } of found) this.#hits.push(hit(rule, `\`${name} ... ${what}\``, at));
  }

  /** Everything through which one command line contains another. */
  #runsAnother(name: string, rest: readonly string[], circumstances: Circumstances): void {
    const { at, inputs } = circumstances;
    const wrapper = wrapperNamed(name);
    if (wrapper !== undefined) {
      const inner = unwrap(wrapper, rest);
      if (inner.kind === "script") {
        this.#nested(inner.text, at);
        // `ssh host sudo bash <<EOF`: the here-document reaches the shell at the other end.
        if (inputs.length > 0) this.commandLine(inner.text.split(/\s+/), circumstances);
      }
      if (inner.kind === "nothing" && wrapper.startsShell === true) this.#shell([], circumstances);
      if (inner.kind === "command") {
        this.commandLine(inner.words, { ...circumstances, moreArgumentsCome: inner.moreArgumentsCome });
      }
    } else if (isRunnerName(name) && isForbiddenLine(rest)) {
      this.commandLine(rest, circumstances);
    }
    if (shells.has(name)) this.#shell(rest, circumstances);
    if (name === "trap") this.#nested(rest[0] ?? "", at);
    if (name === "find") this.#findExec(rest, at);
    if (name === "ip") {
      const exec = rest.indexOf("exec");
      if (exec !== -1 && rest.includes("netns")) this.commandLine(rest.slice(exec + 2), circumstances);
    }
    this.#carried(carried(name, rest), circumstances);
    const interpreter = interpreterNamed(name);
    if (interpreter === undefined) return;
    const option = rest.findIndex((word) => interpreter.option.test(word));
    const code = option === -1 ? undefined : rest[option + 1];
    if (code !== undefined) this.#take(this.#embed?.(interpreter.path, code), at);
  }

  #carried(line: Carried | undefined, circumstances: Circumstances): void {
    if (line === undefined) return;
    if (line.kind === "script") this.#nested(line.text, circumstances.at);
    else this.commandLine(line.words, { ...circumstances, moreArgumentsCome: false });
  }

  #shell(rest: readonly string[], { at, inputs }: Circumstances): void {
    const option = rest.findIndex((word) => /^-\w*c\w*$/.test(word));
    if (option !== -1) {
      const script = rest.slice(option + 1).find((word) => !/^[-+]\w+$/.test(word));
      this.#nested(script ?? "", at);
      return;
    }
    if (readsScript(rest)) for (const input of inputs) this.#nested(input.text, input.at);
  }

  /** Source, manifests and files that are made of what a command reads. */
  #readsInput(name: string, rest: readonly string[], { inputs, outputs }: Circumstances): void {
    if (inputs.length === 0 || this.#embed === undefined) return;
    const interpreter = interpreterNamed(name);
    const paths = [
      ...(interpreter !== undefined && (readsScript(rest) || rest[0] === "-") ? [interpreter.path] : []),
      ...[inputDescription(name, rest) ?? []].flat(),
      // A script, unit or manifest that is written here will be run, started or applied.
      ...(name === "cat" ? (outputs ?? []) : []),
      ...(name === "tee" ? rest.filter((word) => !word.startsWith("-")) : []),
    ];
    // Writing some files is a finding whatever is written.
    for (const path of paths.filter((each) => isExact(each) && ruleOfWrite(each) === undefined)) {
      for (const input of inputs) {
        const found = this.#embed(path.replace(/^\/+/, ""), input.text);
        // What cannot be understood there is a template as often as not, and it is not this file.
        this.#take({ hits: found.hits, problems: [] }, input.at);
      }
    }
  }

  /** `find ... -exec umount {} +`: up to four commands in one line are followed, as many as anyone writes. */
  #findExec(rest: readonly string[], at: Place): void {
    rest.forEach((word, index) => {
      if (!/^-(?:exec|execdir|ok|okdir)$/.test(word)) return;
      const after = rest.slice(index + 1);
      const end = after.findIndex((each) => each === ";" || each === "+");
      const words = end === -1 ? after : after.slice(0, end);
      this.commandLine(words, { at, moreArgumentsCome: false, inputs: [] });
    });
  }

  /** `echo "..." | sh` and `cat <<EOF | sudo bash`: what is written into the pipe is what is read. */
  #pipeline(commands: readonly SyntaxNode[], at: Place): void {
    commands.forEach((consumer, index) => {
      const producer = commands[index - 1];
      if (consumer.type !== "Command" || producer?.type !== "Command") return;
      const piped = this.#produced(producer, at);
      if (piped.length > 0) this.#consume(consumer, at, piped);
    });
  }

  #produced(producer: Command, at: Place): Input[] {
    const name = producer.name?.value;
    if (name === "cat") return this.#inputs(producer.redirects, at);
    if (name !== "echo" && name !== "printf") return [];
    const texts = producer.args.map((word) =>
      word.type === "Word" ? textOf(word, this.#constants) : word.text,
    );
    return [{ text: texts.filter((text) => !/^-[neE]+$/.test(text)).join(" "), at }];
  }

  /** Only what reads its input: what the consumer is by itself was judged where it stands. */
  #consume(consumer: Command, at: Place, piped: readonly Input[]): void {
    let words = this.#words(consumer) ?? [];
    for (let round = 0; round < 6; round += 1) {
      const [first = "", ...rest] = words;
      const name = programName(first);
      if (name === undefined || this.#functions.has(name)) return;
      const circumstances = { at, moreArgumentsCome: false, inputs: piped };
      if (shells.has(name)) {
        if (readsScript(rest)) for (const input of piped) this.#nested(input.text, input.at);
        return;
      }
      const wrapper = wrapperNamed(name);
      if (wrapper === undefined) {
        this.#readsInput(name, rest, circumstances);
        const inside = containerTools.has(name) ? commandInContainer(rest) : [];
        if (inside.length === 0) return;
        words = [...inside];
        continue;
      }
      const inner = unwrap(wrapper, rest);
      if (inner.kind === "nothing" && wrapper.startsShell === true) this.#shell([], circumstances);
      if (inner.kind === "script") words = inner.text.split(/\s+/);
      else if (inner.kind === "command") words = [...inner.words];
      else return;
    }
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

  #take(found: ScanResult | undefined, at: Place): void {
    if (found === undefined) return;
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

/** A shell or interpreter without a file name takes its script from the standard input. */
function readsScript(rest: readonly string[]): boolean {
  return rest.every((word) => word.startsWith("-") || word === "pipefail") || rest.includes("-s");
}

/** Whether these words are a command line some rule is about, wrappers taken off. */
function isForbiddenLine(words: readonly string[]): boolean {
  let line = words;
  for (let round = 0; round < 4; round += 1) {
    const name = programName(line[0] ?? "");
    if (name === undefined) return false;
    if (isCommandName(name) || containerTools.has(name)) return true;
    const wrapper = wrapperNamed(name);
    const inner = wrapper === undefined ? undefined : unwrap(wrapper, line.slice(1));
    if (inner?.kind === "script") return true;
    if (inner?.kind !== "command") return false;
    line = inner.words;
  }
  return false;
}

/** The capabilities that a tool is told to give, as it writes them. */
function capabilityTexts(name: string, rest: readonly string[]): string[] {
  const valuesOf = (option: RegExp): string[] =>
    rest.filter((word) => option.test(word)).map((word) => word.slice(word.indexOf("=") + 1));
  switch (name) {
    case "setcap":
      return rest.includes("-r") ? [] : [rest.find((word) => /^cap_|^all\b/i.test(word)) ?? ""];
    case "capsh":
      return valuesOf(/^--(?:caps|addamb|inh|iab)=/);
    case "setpriv":
    case "pscap":
      return valuesOf(/^--(?:ambient-caps|inh-caps)=/);
    default:
      return [];
  }
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
