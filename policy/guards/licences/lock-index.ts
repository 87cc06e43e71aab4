/**
 * Finds the lock-file entry of an installed package. npm's lock file says where each package is put, so the place is
 * the key; pnpm's and yarn's say only which versions there are, so name and version are.
 */
import type { InstalledPackage } from "./installed-tree.ts";
import type { LockedPackage, LockFile } from "./lockfile.ts";

export class LockIndex {
  readonly file: LockFile | undefined;
  readonly #byKey: ReadonlyMap<string, LockedPackage>;
  readonly #byName: ReadonlyMap<string, LockedPackage>;

  constructor(file: LockFile | undefined) {
    this.file = file;
    const entries = file?.packages ?? [];
    this.#byKey = new Map(
      entries.map((entry) => [this.#keyOf(entry.path, entry.name, entry.version), entry]),
    );
    this.#byName = new Map(entries.map((entry) => [entry.name, entry]));
  }

  find({ path, manifest }: InstalledPackage): LockedPackage | undefined {
    return this.#byKey.get(this.#keyOf(path, manifest?.name ?? "", manifest?.version ?? ""));
  }

  /** Where only names and versions are known: an entry of that name with a version that is not the installed one. */
  hasOtherVersion(found: InstalledPackage): LockedPackage | undefined {
    if (this.file?.placed !== false || this.find(found) !== undefined || found.path === "") return undefined;
    return this.#byName.get(found.manifest?.name ?? "");
  }

  presentAmong(packages: readonly InstalledPackage[]): ReadonlySet<LockedPackage> {
    return new Set(packages.map((found) => this.find(found)).filter((entry) => entry !== undefined));
  }

  #keyOf(path: string, name: string, version: string): string {
    return this.file?.placed === false ? `${name}@${version}` : path;
  }
}
