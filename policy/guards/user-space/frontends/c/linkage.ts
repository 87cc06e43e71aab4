/**
 * Whose function a C call means: the C library's, or one the project defines itself. Decided when all files are seen,
 * from what each of them defines, declares and includes, the way a linker would:
 *
 * - a definition in the same file, or in a header that is included, is meant;
 * - a `static` one elsewhere never is;
 * - one with external linkage elsewhere is, if the file includes a header of the project that declares it, or if nothing
 *   says that the C library is meant (its own header is not included) and the definition could be linked;
 * - a method is meant inside of the methods of its class only.
 */
import type { Definition, SourceFacts, Unless } from "../../hit.ts";

const deepestInclude = 5;

/** Functions the kernel's own headers do not tell apart: `<unistd.h>` is included by everything. */
interface File extends SourceFacts {
  readonly path: string;
}

export class Linkage {
  readonly #files = new Map<string, File>();
  readonly #byName = new Map<string, { readonly path: string; readonly definition: Definition }[]>();
  readonly #bySuffix = new Map<string, string[]>();

  add(path: string, facts: SourceFacts): void {
    this.#files.set(path, { ...facts, path });
    for (const definition of facts.definitions) {
      const rows = this.#byName.get(definition.name) ?? [];
      rows.push({ path, definition });
      this.#byName.set(definition.name, rows);
    }
    const name = path.slice(path.lastIndexOf("/") + 1);
    const paths = this.#bySuffix.get(name) ?? [];
    paths.push(path);
    this.#bySuffix.set(name, paths);
  }

  /** Whether a call of this name in this file is one of a function of the project. */
  isOwn(path: string, call: Unless): boolean {
    const rows = this.#byName.get(call.name) ?? [];
    if (rows.length === 0) return false;
    const seen = this.#visibleFrom(path);
    const visible = rows.filter((each) => seen.has(each.path));
    if (visible.some(({ definition }) => /^(?:static|external|macro)$/.test(definition.kind))) return true;
    if (call.inMethod && visible.some(({ definition }) => definition.kind === "method")) return true;
    const external = rows.filter((each) => each.path !== path && each.definition.kind === "external");
    if (external.length === 0) return false;
    if (visible.some((each) => each.path !== path && each.definition.kind === "prototype")) return true;
    const facts = this.#files.get(path);
    if (call.header !== undefined) return facts?.systemIncludes.includes(call.header) !== true;
    return external.some((each) => directoryOf(each.path) === directoryOf(path));
  }

  /** The file itself and the headers of the project it includes, directly or not. */
  #visibleFrom(path: string): ReadonlySet<string> {
    const seen = new Set([path]);
    let level = [path];
    for (let depth = 0; depth < deepestInclude && level.length > 0; depth += 1) {
      const next = level.flatMap((each) =>
        (this.#files.get(each)?.ownIncludes ?? []).flatMap((included) => this.#find(each, included)),
      );
      level = next.filter((each) => !seen.has(each));
      for (const each of level) seen.add(each);
    }
    return seen;
  }

  /** Include paths are not known: the file whose path ends like this, the nearest one first. */
  #find(from: string, included: string): string[] {
    const name = included.slice(included.lastIndexOf("/") + 1);
    const suffix = included.replace(/^(?:\.{1,2}\/)+/, "");
    const candidates = (this.#bySuffix.get(name) ?? []).filter(
      (each) => each === suffix || each.endsWith(`/${suffix}`),
    );
    const near = candidates.filter((each) => directoryOf(each) === directoryOf(from));
    return near.length > 0 ? near : candidates.slice(0, 4);
  }
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
