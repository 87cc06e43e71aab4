/**
 * What the commands on a store share: which store, opened how, closed always.
 *
 * `--store` beats HELIOS_STORE beats the nearest `.helios` at or above `--work` (default: here). The engine is imported
 * when the store is opened, so `--help` and a mistyped flag do not wait for it.
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import * as Flags from "@oclif/core/flags";
import type { BegunScan, DiscoveredStore, Helios } from "@helios/engine";
import { BaseCommand } from "./base-command.ts";

export const storeFlags = {
  store: Flags.string({
    description: "store root; default: HELIOS_STORE, or the nearest .helios at or above the work directory",
    helpValue: "DIR",
    helpGroup: "STORE",
  }),
  work: Flags.string({
    char: "w",
    description: "work directory; default: the one that holds .helios, or the current one",
    helpValue: "DIR",
    helpGroup: "STORE",
  }),
};

export interface StoreFlags {
  readonly store?: string | undefined;
  readonly work?: string | undefined;
}

export interface OpenedStore {
  readonly helios: Helios;
  readonly root: string;
  /** False when this call made the store. */
  readonly existed: boolean;
  /** Absolute. */
  readonly work: string;
  /** The look at the work directory, which began before the store was opened; where `scan` asked for it. */
  readonly begun?: BegunScan;
}

interface Opening {
  readonly create?: boolean;
  readonly readOnly?: boolean;
  /** The work directory is going to be scanned. */
  readonly scan?: boolean;
}

export abstract class StoreCommand extends BaseCommand {
  static override baseFlags = storeFlags;

  /** Opens for reading: STORE_MISSING where there is none. */
  protected read<T>(
    flags: StoreFlags,
    use: (opened: OpenedStore) => T | Promise<T>,
    options: { readonly scan?: boolean } = {},
  ): Promise<T> {
    return withStore(flags, { readOnly: true, ...options }, use);
  }

  /** Opens for writing, making the store if that is allowed; STORE_LOCKED while another process writes. */
  protected change<T>(
    flags: StoreFlags,
    options: { readonly create: boolean; readonly scan?: boolean },
    use: (opened: OpenedStore) => T | Promise<T>,
  ): Promise<T> {
    return withStore(flags, options, use);
  }

  /** Only which store is meant, for what works on its files; it need not exist. */
  protected find(flags: StoreFlags): Promise<DiscoveredStore> {
    return findStore(flags);
  }
}

async function withStore<T>(
  flags: StoreFlags,
  { scan = false, ...options }: Opening,
  use: (opened: OpenedStore) => T | Promise<T>,
): Promise<T> {
  // The whole engine takes longer to load than it takes to look at ten thousand files.
  const { beginScan } = await import("@helios/engine/begin-scan");
  const found = await findStore(flags);
  const work = workOf(flags, found);
  const begun = scan ? { begun: beginScan({ root: found.root }, work) } : {};
  try {
    const { Helios } = await import("@helios/engine/directory");
    const helios = await Helios.open({ root: found.root, ...options });
    for (const warning of helios.warnings) process.stderr.write(`warning: ${warning}\n`);
    try {
      return await use({ helios, root: found.root, existed: found.exists, work, ...begun });
    } finally {
      await helios.close();
    }
  } finally {
    begun.begun?.sweep.stop();
  }
}

async function findStore(flags: StoreFlags): Promise<DiscoveredStore> {
  const { discoverStore, HeliosError } = await import("@helios/engine/begin-scan");
  const from = flags.work ?? ".";
  // Before the store is made: a mistyped name must not become a directory.
  if (!isDirectory(from))
    throw new HeliosError(
      "DIRECTORY_UNREADABLE",
      `there is no directory ${from}`,
      "name a work directory that exists",
      { path: from },
    );
  return discoverStore({ flag: flags.store, environment: process.env["HELIOS_STORE"], from });
}

/** As git: started in a subdirectory, the whole work directory is meant. */
function workOf(flags: StoreFlags, found: DiscoveredStore): string {
  return resolve(flags.work ?? found.foundIn ?? ".");
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
