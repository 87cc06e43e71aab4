/** The door of the command line: what `bin/helios-cli.js` starts, and what other packages may use to add commands. */
export { BaseCommand } from "./base-command.ts";
export { CliError, type CliErrorCode } from "./errors.ts";
export { exitCodes, type ExitCode } from "./exit-codes.ts";
export { loadAllCommands, runCli } from "./run.ts";
