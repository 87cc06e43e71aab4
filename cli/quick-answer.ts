/**
 * Answers the one command that prompts and scrapers run all day, `stats` of a closed store, before oclif is loaded:
 * that alone takes twice as long as everything else. Only what is plain is answered here. Help, a mistyped flag, a store
 * that has to be opened or is missing, any other command: undefined, and the whole command line decides.
 */
import { parseArgs } from "node:util";
import { exitCodes, type ExitCode } from "./exit-codes.ts";

export async function answerQuickly(argv: readonly string[]): Promise<ExitCode | undefined> {
  const [command, ...args] = argv;
  if (command !== "stats") return undefined;
  const wanted = statsWanted(args);
  if (wanted === undefined) return undefined;
  const { renderStats, statsFormats } = await import("./stats-formats.ts");
  const { closedStats } = await import("./store-stats.ts");
  const format = statsFormats.find((each) => each === (wanted.json === true ? "json" : wanted.format));
  const stats = format === undefined ? undefined : closedStats(wanted);
  if (format === undefined || stats === undefined) return undefined;
  // A reader that went away has what it wanted, as everywhere else.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  process.stdout.write(renderStats(stats, format));
  return exitCodes.ok;
}

/** The flags of `commands/stats.ts`; a test compares the answers. */
function statsWanted(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      strict: true,
      allowPositionals: false,
      options: {
        json: { type: "boolean" },
        format: { type: "string", default: "table" },
        store: { type: "string" },
        work: { type: "string", short: "w" },
        runs: { type: "string" },
      },
    });
    return values;
  } catch {
    return undefined;
  }
}
