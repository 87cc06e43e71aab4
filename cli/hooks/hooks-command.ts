/** What the hooks commands share: which repository, which program, and how the state of the hooks is shown. */
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as Args from "@oclif/core/args";
import { BaseCommand } from "../base-command.ts";
import type { HookReport, Repository } from "./git-hooks.ts";
import type { ProgramPlace } from "./hook-script.ts";

export const hooksArgs = {
  path: Args.string({ description: "a directory of the checkout", default: "." }),
};

export abstract class HooksCommand extends BaseCommand {
  /** The program that runs now, by its real path: a link of npx would be gone tomorrow. */
  protected program(): ProgramPlace {
    return {
      node: realpathSync(process.execPath),
      script: realpathSync(fileURLToPath(new URL("../bin/helios-cli.js", import.meta.url))),
    };
  }

  protected show(repository: Repository, reports: readonly HookReport[]): unknown {
    for (const { hook, state, chained } of reports)
      this.log(`${hook}: ${state}${chained ? ", runs the hook that was there before first" : ""}`);
    this.log(`in ${repository.hooks}`);
    return { version: 1, directory: repository.hooks, hooks: reports };
  }
}
