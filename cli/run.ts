/**
 * From arguments to an exit status. Decides which command is meant, imports that one alone, lets oclif parse and run
 * it, and renders whatever fails.
 *
 * oclif would discover commands itself, by pattern (no list to read, every file imported) or from a generated
 * manifest (one more file that can be out of date). The hand-written list of lazy imports in `commands/index.ts` needs
 * neither: `stats` imports one command, `--help` imports all.
 */
import { readFileSync } from "node:fs";
import type { Interfaces } from "@oclif/core";
import type { Command } from "@oclif/core/command";
import { settings } from "@oclif/core/settings";
import type { RunnableCommand } from "./base-command.ts";
import { CommandConfig } from "./command-config.ts";
import { commandLoaders, topics } from "./commands/index.ts";
import { selected } from "./commands/selected.ts";
import { CliError, failureAsJson, failureAsText, failureOf, nearest } from "./errors.ts";
import { exitCodes, type ExitCode } from "./exit-codes.ts";

const bin = "helios-cli";

/** Runs one command line. Never throws; results go to stdout, failures as `errors.ts` says. */
export async function runCli(args: readonly string[]): Promise<ExitCode> {
  const argv = args[0] === "help" ? [...args.slice(1), "--help"] : [...args];
  const id = commandIn(argv);
  try {
    await select(id);
    refuseUnknown(argv, id);
    process.exitCode = undefined;
    if (id === undefined || asksForHelp(argv)) await showHelpOrVersion(argv);
    else await runCommand(id, argv);
    return currentExitCode();
  } catch (error) {
    if (isPlainExit(error)) return exitCodes.ok;
    const failure = failureOf(error, { bin, command: id?.replaceAll(":", " "), knownFlags: flagsOf(id) });
    if (wantsJson(argv)) process.stdout.write(failureAsJson(failure));
    else process.stderr.write(failureAsText(failure));
    return failure.exitCode;
  }
}

/** Imports and returns every command class, by id. For help, for typing errors and for the golden file. */
export async function loadAllCommands(): Promise<Readonly<Record<string, Command.Class>>> {
  await select(undefined);
  return selected;
}

/** The longest known id at the start of `argv`, e.g. `report:render`; undefined when help or everything is meant. */
function commandIn(argv: readonly string[]): string | undefined {
  const firstFlag = argv.findIndex((word) => word.startsWith("-"));
  const words = firstFlag === -1 ? argv : argv.slice(0, firstFlag);
  for (let length = words.length; length > 0; length--) {
    const id = words.slice(0, length).join(":");
    if (Object.hasOwn(commandLoaders, id)) return id;
  }
  return undefined;
}

async function select(id: string | undefined): Promise<void> {
  const ids = id === undefined ? Object.keys(commandLoaders) : [id];
  await Promise.all(
    ids.map(async (each) => {
      const load = commandLoaders[each];
      if (load !== undefined) selected[each] = (await load()).default;
    }),
  );
}

/**
 * Not through oclif's own `run`: with spaces between topics it takes a stray argument for part of the command. Nor with
 * a configuration that is loaded: looking for plugins, themes and the user's shell takes as long as a short command.
 */
async function runCommand(id: string, argv: readonly string[]): Promise<void> {
  // What the engine does, as JSON lines on stderr: `HELIOS_DEBUG=engine:* helios-cli ...`.
  if (process.env["HELIOS_DEBUG"]) await import("@helios/engine/debug");
  const { root, pjson } = oclifOptions();
  const command = selected[id] as RunnableCommand;
  command.id = id;
  await command.runWith(argv.slice(id.split(":").length), new CommandConfig(root, pjson, bin));
}

/** Imported only here: oclif's help brings as much code as the rest of oclif. */
async function showHelpOrVersion(argv: string[]): Promise<void> {
  const { run } = await import("@oclif/core/run");
  await run(argv, oclifOptions());
}

function refuseUnknown(argv: readonly string[], id: string | undefined): void {
  const first = argv[0];
  if (id !== undefined || first === undefined || first.startsWith("-")) return;
  const words = argv.filter((word) => !word.startsWith("-"));
  const underTopic = Object.hasOwn(topics, first);
  if (underTopic && words.length === 1) return; // oclif shows the topic's help
  const known = Object.keys(commandLoaders).map((each) => each.replaceAll(":", " "));
  const typed = underTopic ? words.slice(0, 2).join(" ") : first;
  const near = nearest(typed, known);
  const all = underTopic ? `${bin} ${first} --help` : `${bin} --help`;
  const remedy = near === undefined ? all : `${bin} ${near} (all commands: ${all})`;
  throw new CliError("USAGE_COMMAND", `unknown command "${typed}"`, remedy);
}

function oclifOptions(): Interfaces.LoadOptions & { root: string; pjson: Interfaces.PJSON } {
  // No search for tsx or ts-node: Node runs the sources itself.
  settings.enableAutoTranspile = false;
  const text = readFileSync(new URL("package.json", import.meta.url), "utf8");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own package.json, in this folder
  const own = JSON.parse(text) as Interfaces.PJSON;
  const commands = {
    strategy: "explicit",
    target: "./commands/selected.ts",
    identifier: "selected",
  } as const;
  const oclif: Interfaces.PJSON["oclif"] = {
    ...own.oclif,
    bin,
    topicSeparator: " ",
    topics,
    commands,
    additionalHelpFlags: ["-h"],
  };
  return { root: import.meta.dirname, pjson: { ...own, oclif } };
}

function asksForHelp(argv: readonly string[]): boolean {
  const flags = beforeDoubleDash(argv);
  return flags.includes("--help") || flags.includes("-h");
}

function wantsJson(argv: readonly string[]): boolean {
  return beforeDoubleDash(argv).includes("--json");
}

function beforeDoubleDash(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end === -1 ? argv : argv.slice(0, end);
}

function flagsOf(id: string | undefined): string[] {
  const command = id === undefined ? undefined : selected[id];
  return ["json", "help", ...Object.keys(command?.flags ?? {}), ...Object.keys(command?.baseFlags ?? {})];
}

function currentExitCode(): ExitCode {
  const code = Number(process.exitCode ?? exitCodes.ok);
  return Object.values(exitCodes).find((each) => each === code) ?? exitCodes.error;
}

/** oclif ends `--help` inside a command by throwing an exit of 0. */
function isPlainExit(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIT") return false;
  return "oclif" in error && (error.oclif as { exit?: number } | undefined)?.exit === 0;
}
