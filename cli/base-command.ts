/**
 * What every command has: --json, no decisions about how failures look (`errors.ts`), an abort signal for Ctrl-C,
 * and progress on stderr that appears only on a terminal.
 *
 * A command returns its value from `run()`: under --json that value is printed, otherwise the command has printed
 * text through `this.log` or `this.write`. A command that judges sets `this.exitWith(code)`.
 */
import { Command } from "@oclif/core/command";
import type { Config } from "@oclif/core/config";
import { CliError } from "./errors.ts";
import { exitCodes, type ExitCode } from "./exit-codes.ts";
import { Progress } from "./progress.ts";

/** A command that is not abstract, as `run.ts` starts it. */
export type RunnableCommand = typeof BaseCommand & (new (argv: string[], config: Config) => BaseCommand);

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  /** Runs with a configuration as it is; oclif's own `run` loads one anew. */
  static runWith(
    this: new (argv: string[], config: Config) => BaseCommand,
    argv: string[],
    config: Config,
  ): Promise<unknown> {
    return new this(argv, config)._run();
  }

  readonly #interrupt = new AbortController();
  #listening = false;

  /** Aborted by the first Ctrl-C or SIGTERM, so that work can be left tidy; the second ends the process at once. */
  protected get signal(): AbortSignal {
    if (!this.#listening) {
      this.#listening = true;
      this.#endOn("SIGINT", "INTERRUPTED", "interrupted", exitCodes.interrupted);
      this.#endOn("SIGTERM", "TERMINATED", "terminated", exitCodes.terminated);
    }
    return this.#interrupt.signal;
  }

  #endOn(signal: NodeJS.Signals, code: "INTERRUPTED" | "TERMINATED", what: string, status: ExitCode): void {
    process.once(signal, () => {
      const remedy = "run it again: what was done is kept, nothing is half-written";
      this.#interrupt.abort(new CliError(code, what, remedy));
      process.once(signal, () => process.exit(status));
    });
  }

  /** A line on stderr that rewrites itself; silent unless stderr is a terminal. */
  protected progress(what: string): Progress {
    return new Progress(what, process.stderr, !this.jsonEnabled());
  }

  /** Raw bytes or text to stdout, without a newline added. */
  protected write(data: Uint8Array | string): Promise<void> {
    return new Promise((resolve, reject) => {
      process.stdout.write(data, (error) => {
        // A reader that went away (`| head`) has what it wanted.
        if (error && "code" in error && error.code !== "EPIPE") reject(error);
        else resolve();
      });
    });
  }

  /** The status to end with when the command itself succeeds. */
  protected exitWith(code: ExitCode): void {
    process.exitCode = code;
  }

  /** Failures are rendered by `run.ts`, for text and JSON alike. */
  protected override catch(error: Error): Promise<never> {
    return Promise.reject(error);
  }
}
