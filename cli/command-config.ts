/**
 * oclif's configuration for a command that is about to run: what it is called and nothing else. `Config.load` also looks
 * for plugins, themes, the user's shell and its hooks, none of which we have, and takes as long as a short command.
 */
import type { Interfaces } from "@oclif/core";
import { Config } from "@oclif/core/config";

export class CommandConfig extends Config {
  constructor(root: string, pjson: Interfaces.PJSON, bin: string) {
    super({ root });
    this.root = root;
    this.pjson = pjson;
    this.name = pjson.name;
    this.version = pjson.version;
    this.bin = bin;
    this.topicSeparator = " ";
    this.userAgent = `${bin}/${pjson.version} ${process.platform}-${process.arch} node-${process.version}`;
  }

  /** Hooks are those of plugins. */
  override runHook: Config["runHook"] = () => Promise.resolve({ failures: [], successes: [] });
}
