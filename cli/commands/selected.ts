/**
 * The commands of this process, filled by `run.ts` before oclif looks. oclif's explicit discovery wants a module that
 * exports the classes; this one lets the list in `index.ts` stay lazy.
 */
import type { Command } from "@oclif/core/command";

export const selected: Record<string, Command.Class> = {};
