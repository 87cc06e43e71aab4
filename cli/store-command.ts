/**
 * What the commands on a store share: which store, opened how, closed always.
 *
 * `--store` beats HELIOS_STORE beats the nearest `.helios` at or above `--work` (default: here). The engine is imported
 * when the store is opened, so `--help` and a mistyped flag do not wait for it.
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import * as Flags from "@oclif/core/flags";
import type { DiscoveredStore, Helios } from "@helios/engine";
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
}

export abstract class StoreCommand extends BaseCommand {
  static override baseFlags = storeFlags;

  /** Opens for reading: STORE_MISSING where there is none. */
  protected read<T>(flags: StoreFlags, use: (opened: OpenedStore) => T | Promise<T>): Promise<T> {
    return withStore(flags, { readOnly: true }, use);
  }

  /** Opens for writing, making the store if that is allowed; STORE_LOCKED while another process writes. */
  protected change<T>(
    flags: StoreFlags,
    options: { readonly create: boolean },
    use: (opened: OpenedStore) => T | Promise<T>,
  ): Promise<T> {
    return withStore(flags, options, use);
  }
}

async function withStore<T>(
  flags: StoreFlags,
  options: { readonly create?: boolean; readonly readOnly?: boolean },
  use: (opened: OpenedStore) => T | Promise<T>,
): Promise<T> {
  const { discoverStore, Helios, HeliosError } = await import("@helios/engine");
  const from = flags.work ?? ".";
  // Before the store is made: a mistyped name must not become a directory.
  if (!isDirectory(from))
    throw new HeliosError(
      "DIRECTORY_UNREADABLE",
      `there is no directory ${from}`,
      "name a work directory that exists",
      { path: from },
    );
  const found = discoverStore({ flag: flags.store, environment: process.env["HELIOS_STORE"], from });
  const helios = await Helios.open({ root: found.root, ...options });
  try {
    return await use({ helios, root: found.root, existed: found.exists, work: workOf(flags, found) });
  } finally {
    await helios.close();
  }
}

/** As git: started in a subdirectory, the whole work directory is meant. */
function workOf(flags: StoreFlags, found: DiscoveredStore): string {
  return resolve(flags.work ?? found.foundIn ?? ".");
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
