/**
 * Any program, told by the options of a plan's arm what to call. Two kinds:
 *
 * - `program`: one call is one operation. For the workload `invocations`; to measure a whole run of a program instead
 *   of its calls, let the arm have `warmup: 0` and `operations: 1`.
 *
 *       options: { kind: program, durability: [process], run: [mytool, check, --quiet] }
 *
 * - `store`: a system that keeps states of a directory. Files are edited in a directory, `commit` makes a state and
 *   `state` says its name, `checkout` returns to one. It is held to the same contract as every other subject: after
 *   the same steps the same files, byte for byte, in every state, or its numbers are left out.
 *
 *       options:
 *         kind: store
 *         durability: [process]
 *         version: [hg, --version, --quiet]
 *         init: [[hg, init]]
 *         commit: [[hg, addremove, --quiet], [hg, commit, --message, "{message}"]]
 *         state: [hg, id, --id, --template, "{node}"]
 *         checkout: [[hg, update, --clean, --rev, "{state}"]]
 *         leftOut: [.hg]
 *
 * A command is a list of its arguments, called without a shell in the directory of the files. `{directory}` is that
 * directory, `{scratch}` an empty one beside it for what the program writes, `{n}` the number of the operation,
 * `{message}` a message and `{state}` the name of a state. The durability classes are declared: nobody pulled the
 * plug, and the report says `declared`.
 *
 * The time of an operation is that of its calls, starting the processes included (about 1 ms each); bytes and processor
 * time are those of the program, peak memory is that of the calling process only.
 */
import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import {
  type Availability,
  type DurabilityClass,
  type Edit,
  type FileMode,
  HarnessError,
  type Session,
  type SessionOptions,
  type StateId,
  type Subject,
  type SubjectOptions,
  nearestName,
} from "@helios/harness";
import { DirectoryTree } from "./directory-tree.ts";

export const command: Subject = {
  id: "command",
  title: "Any program, called as the plan says",
  durabilityClasses: ["memory", "process", "power"],
  workingSet: "directory",

  optionProblems,

  async availability(options = {}) {
    const { version, ...rest } = options as unknown as CommandOptions;
    const programs = new Set(
      [...commandsOf(rest), ...(version ? [version] : [])].map(([program]) => program),
    );
    for (const program of programs) {
      if (program !== undefined && !isExecutable(program)) return notFound(program);
    }
    const declared = `classes declared: ${rest.durability?.join(", ")}`;
    if (version === undefined) return { kind: "available", version: `unknown version, ${declared}` };
    const { stdout } = await call(version, process.cwd());
    return { kind: "available", version: `${stdout.trim().split("\n")[0] ?? ""}, ${declared}` };
  },

  open(options) {
    const { kind } = options.options as unknown as CommandOptions;
    return Promise.resolve(kind === "store" ? new StoreSession(options) : new ProgramSession(options));
  },
};

type Argv = readonly string[];

/** After {@link optionProblems} found nothing. */
interface CommandOptions {
  readonly kind: "program" | "store";
  readonly durability: readonly DurabilityClass[];
  readonly version?: Argv;
  readonly run?: Argv;
  readonly init?: readonly Argv[];
  readonly commit?: readonly Argv[];
  readonly state?: Argv;
  readonly checkout?: readonly Argv[];
  readonly settle?: readonly Argv[];
  readonly leftOut?: readonly string[];
}

const KEYS = {
  program: { needed: ["run"], allowed: ["version", "init", "settle", "leftOut"] },
  store: { needed: ["commit", "state", "checkout"], allowed: ["version", "init", "settle", "leftOut"] },
} as const;
const ONE_COMMAND = new Set(["version", "run", "state"]);
const PLACEHOLDERS = ["directory", "scratch", "n", "message", "state"];

function optionProblems(options: SubjectOptions, durability: DurabilityClass): string[] {
  const { kind, durability: declared, ...rest } = options;
  if (kind !== "program" && kind !== "store") {
    return [`options.kind must be program or store, is ${JSON.stringify(kind) ?? "missing"}`];
  }
  const { needed, allowed } = KEYS[kind];
  const known: readonly string[] = [...needed, ...allowed];
  return [
    ...durabilityProblems(declared, durability),
    ...needed
      .filter((key) => !(key in rest))
      .map((key) => `options lacks "${key}", which kind ${kind} needs`),
    ...Object.entries(rest).flatMap(([key, value]) => {
      if (known.includes(key)) return valueProblems(key, value);
      const near = nearestName(key, known);
      return [`options has an unknown key "${key}"${near === undefined ? "" : `; did you mean "${near}"?`}`];
    }),
  ];
}

function durabilityProblems(declared: unknown, durability: DurabilityClass): string[] {
  const classes: readonly unknown[] = Array.isArray(declared) ? declared : [];
  if (classes.length === 0) return ["options.durability must list the classes that the program keeps to"];
  const unknown = classes.find((one) => !(command.durabilityClasses as readonly unknown[]).includes(one));
  if (unknown !== undefined) return [`options.durability has an unknown class ${JSON.stringify(unknown)}`];
  if (classes.includes(durability)) return [];
  return [`options.durability declares ${classes.join(", ")}, but the cell is of class ${durability}`];
}

function valueProblems(key: string, value: unknown): string[] {
  if (key === "leftOut") return isTexts(value, 0) ? [] : [`options.${key} must be a list of names`];
  if (ONE_COMMAND.has(key)) {
    return isTexts(value, 1)
      ? placeholderProblems(key, value)
      : [`options.${key} must be a list of arguments`];
  }
  if (!Array.isArray(value) || !value.every((one) => isTexts(one, 1))) {
    return [`options.${key} must be a list of commands, each a list of arguments`];
  }
  return (value as Argv[]).flatMap((argv) => placeholderProblems(key, argv));
}

function isTexts(value: unknown, least: number): value is readonly string[] {
  return Array.isArray(value) && value.length >= least && value.every((one) => typeof one === "string");
}

function placeholderProblems(key: string, argv: Argv): string[] {
  const used = argv.flatMap((argument) =>
    [...argument.matchAll(/\{([a-z]+)\}/g)].map((match) => match[1] ?? ""),
  );
  const unknown = used.find((name) => !PLACEHOLDERS.includes(name) && key !== "state" && key !== "version");
  return unknown === undefined
    ? []
    : [`options.${key} has an unknown placeholder {${unknown}}; known: ${PLACEHOLDERS.join(", ")}`];
}

function commandsOf(options: Partial<CommandOptions>): readonly Argv[] {
  const { run, state, init = [], commit = [], checkout = [], settle = [] } = options;
  return [...(run ? [run] : []), ...(state ? [state] : []), ...init, ...commit, ...checkout, ...settle];
}

function isExecutable(program: string): boolean {
  const places = program.includes("/") ? [""] : (process.env["PATH"] ?? "").split(delimiter);
  return places.some((place) => {
    try {
      accessSync(place === "" ? program : join(place, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function notFound(program: string): Availability {
  return {
    kind: "unavailable",
    reason: `the program ${program} was not found`,
    remedy: `Install ${program}, or give its path in the options of the arm.`,
  };
}

/** Files in a directory, and commands called there. */
abstract class CommandSession implements Session {
  protected readonly options: CommandOptions;
  protected readonly tree: DirectoryTree;
  readonly #scratch: string;
  #calls = 0;

  constructor({ directory, options }: SessionOptions) {
    this.options = options as unknown as CommandOptions;
    const root = realpathSync(directory);
    this.tree = new DirectoryTree(join(root, "files"));
    this.#scratch = join(root, "scratch");
    for (const made of [this.tree.root, this.#scratch]) mkdirSync(made);
  }

  abstract load(base: Iterable<Edit>): Promise<StateId>;
  abstract commit(message: string): Promise<StateId>;
  abstract checkout(state: StateId): Promise<void>;

  apply(edits: Iterable<Edit>): void {
    this.tree.apply(edits);
  }

  read(path: string): Uint8Array | undefined {
    return this.tree.read(path);
  }

  mode(path: string): FileMode | undefined {
    return this.tree.mode(path);
  }

  count(): number {
    return this.tree.count(this.options.leftOut);
  }

  async settle(): Promise<void> {
    await this.callAll(this.options.settle ?? []);
  }

  close(): void {}

  /** Calls one after the other; answers what the last one wrote. */
  protected async callAll(
    commands: readonly Argv[],
    values: Readonly<Record<string, string>> = {},
    wantsOutput = false,
  ): Promise<string> {
    let stdout = "";
    const known: Readonly<Record<string, string>> = {
      directory: this.tree.root,
      scratch: this.#scratch,
      n: String(this.#calls++),
      ...values,
    };
    for (const argv of commands) {
      const filled = argv.map((argument) =>
        argument.replaceAll(/\{([a-z]+)\}/g, (whole, name: string) => known[name] ?? whole),
      );
      ({ stdout } = await call(filled, this.tree.root, wantsOutput));
    }
    return stdout;
  }
}

class StoreSession extends CommandSession {
  async load(base: Iterable<Edit>): Promise<StateId> {
    await this.callAll(this.options.init ?? []);
    this.tree.apply(base);
    return this.commit("base");
  }

  async commit(message: string): Promise<StateId> {
    await this.callAll(this.options.commit ?? [], { message });
    const state = (await this.callAll([this.options.state ?? []], {}, true)).trim();
    if (state !== "") return state;
    throw new HarnessError(
      "RUN_FAILED",
      "options.state named no state",
      "Let it write the state's name to its standard output.",
    );
  }

  async checkout(state: StateId): Promise<void> {
    await this.callAll(this.options.checkout ?? [], { state });
  }
}

/** Every state is the base: a program that is only called keeps none, so a workload that edits is not for it. */
class ProgramSession extends CommandSession {
  #edited = false;

  async load(base: Iterable<Edit>): Promise<StateId> {
    this.tree.apply(base);
    await this.callAll(this.options.init ?? []);
    return "the base";
  }

  override apply(edits: readonly Edit[]): void {
    this.#edited ||= edits.length > 0;
    super.apply(edits);
  }

  async commit(): Promise<StateId> {
    await this.callAll([this.options.run ?? []]);
    return "the base";
  }

  checkout(): Promise<void> {
    if (!this.#edited) return Promise.resolve();
    throw new HarnessError(
      "WORKLOAD_PARAMETERS",
      "A command of kind program keeps no states, and this workload returns to some",
      "Use the workload invocations, or describe the program as kind store.",
    );
  }
}

const STDERR_SHOWN_CHARACTERS = 500;

/** Calls a program and waits for its end. RUN_FAILED with its last words where it ends with another status than 0. */
function call(argv: Argv, cwd: string, wantsOutput = true): Promise<{ stdout: string }> {
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", wantsOutput ? "pipe" : "ignore", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr
      ?.setEncoding("utf8")
      .on("data", (text: string) => (stderr = (stderr + text).slice(-STDERR_SHOWN_CHARACTERS)));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve({ stdout });
      const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
      const said = stderr.trim();
      reject(
        new HarnessError(
          "RUN_FAILED",
          `\`${argv.join(" ")}\` ${how}${said === "" ? "" : `: ${said}`}`,
          "Call it by hand in a directory like the workload's, and correct the options of the arm.",
        ),
      );
    });
  });
}
