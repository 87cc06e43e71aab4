/**
 * ELF files: which functions a binary takes from elsewhere. An undefined dynamic symbol `mount` means that this
 * file calls the C library's `mount` (or could); there is no source needed and no string to be fooled by. An
 * import of `syscall` is a note: it can be anything, only the dynamic proof tells.
 *
 * A small reader of its own (ELF-64 and ELF-32, both byte orders; System V gABI chapters 4 and 5): section headers
 * are used when they are there, otherwise the dynamic segment. Statically linked code has no such table and stays
 * unseen; that is reported.
 */
import { hit, type Hit, type Problem, type ScanResult } from "../hit.ts";
import { callNamed } from "../rules.ts";

export interface ElfSymbols {
  /** Names of undefined symbols, without version. */
  readonly imported: readonly string[];
  readonly isDynamic: boolean;
}

const sectionSymtab = 2;
const sectionDynsym = 11;
const typeRelocatable = 1;
const segmentDynamic = 2;
const segmentLoad = 1;

/** @returns undefined when these bytes are no ELF file or a damaged one, with the reason in the message of the scan. */
export function readElf(bytes: Uint8Array): ElfSymbols | undefined {
  if (bytes.length < 64 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46)
    return undefined;
  try {
    return new ElfReader(bytes).symbols();
  } catch (error) {
    if (error instanceof RangeError) return undefined; // an offset points outside of the file
    throw error;
  }
}

export function scanElf(bytes: Uint8Array): ScanResult {
  const symbols = readElf(bytes);
  if (symbols === undefined) {
    return {
      hits: [],
      problems: [{ code: "parse-error", reason: "ELF: damaged or not understood", line: 1 }],
    };
  }
  const problems: Problem[] = symbols.isDynamic
    ? []
    : [
        {
          code: "parse-error",
          reason: "ELF: statically linked, so there is no table of imports to read",
          line: 1,
        },
      ];
  const at = { line: 1, column: 1 };
  const hits = symbols.imported.flatMap((name): Hit[] => {
    if (name === "syscall") return [hit("raw-syscall", "imports syscall()", at)];
    const row = callNamed(name);
    // `clone` and `mknod` are forbidden only with certain flags, which a symbol does not show.
    if (row === undefined || row.onlyWith !== undefined) return [];
    return [hit(row.rule, `imports ${name}()`, at)];
  });
  return { hits, problems };
}

class ElfReader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #is64: boolean;
  readonly #little: boolean;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#is64 = bytes[4] === 2;
    this.#little = bytes[5] === 1;
  }

  symbols(): ElfSymbols {
    const fromSections = this.#fromSections();
    if (fromSections !== undefined) return { imported: fromSections, isDynamic: true };
    const fromSegments = this.#fromSegments();
    return { imported: fromSegments ?? [], isDynamic: fromSegments !== undefined };
  }

  #fromSections(): string[] | undefined {
    const offset = this.#is64 ? this.#word64(40) : this.#word32(32);
    const size = this.#half(this.#is64 ? 58 : 46);
    const count = this.#half(this.#is64 ? 60 : 48);
    if (offset === 0 || size === 0) return undefined;
    // An object file is not linked yet: what it takes from elsewhere stands in the ordinary symbol table.
    const wanted = this.#half(16) === typeRelocatable ? sectionSymtab : sectionDynsym;
    for (let index = 0; index < count; index += 1) {
      const header = offset + index * size;
      if (this.#word32(header + 4) !== wanted) continue;
      const link = offset + this.#word32(header + (this.#is64 ? 40 : 24)) * size;
      return this.#undefinedNames(
        this.#sectionOffset(header),
        this.#sectionSize(header),
        this.#sectionOffset(link),
        this.#sectionSize(link),
      );
    }
    return undefined;
  }

  #sectionOffset(header: number): number {
    return this.#is64 ? this.#word64(header + 24) : this.#word32(header + 16);
  }

  #sectionSize(header: number): number {
    return this.#is64 ? this.#word64(header + 32) : this.#word32(header + 20);
  }

  /** Stripped of section headers: the loader's view. The symbol table has no size there; it ends where the strings begin. */
  #fromSegments(): string[] | undefined {
    const offset = this.#is64 ? this.#word64(32) : this.#word32(28);
    const size = this.#half(this.#is64 ? 54 : 42);
    const count = this.#half(this.#is64 ? 56 : 44);
    const loads: { address: number; offset: number; size: number }[] = [];
    let dynamic: { offset: number; size: number } | undefined;
    for (let index = 0; index < count; index += 1) {
      const header = offset + index * size;
      const type = this.#word32(header);
      const at = this.#is64
        ? {
            offset: this.#word64(header + 8),
            address: this.#word64(header + 16),
            size: this.#word64(header + 32),
          }
        : {
            offset: this.#word32(header + 4),
            address: this.#word32(header + 8),
            size: this.#word32(header + 16),
          };
      if (type === segmentLoad) loads.push(at);
      if (type === segmentDynamic) dynamic = at;
    }
    if (dynamic === undefined) return undefined;
    const tags = new Map<number, number>();
    const step = this.#is64 ? 16 : 8;
    for (let at = dynamic.offset; at + step <= dynamic.offset + dynamic.size; at += step) {
      const tag = this.#is64 ? this.#word64(at) : this.#word32(at);
      if (tag === 0) break;
      tags.set(tag, this.#is64 ? this.#word64(at + 8) : this.#word32(at + 4));
    }
    const file = (address: number | undefined): number | undefined => {
      const load = loads.find(
        (each) => address !== undefined && address >= each.address && address < each.address + each.size,
      );
      return load === undefined || address === undefined ? undefined : address - load.address + load.offset;
    };
    const strings = file(tags.get(5));
    const symbols = file(tags.get(6));
    const stringsSize = tags.get(10);
    if (strings === undefined || symbols === undefined || stringsSize === undefined || symbols > strings)
      return undefined;
    return this.#undefinedNames(symbols, strings - symbols, strings, stringsSize);
  }

  #undefinedNames(symbols: number, symbolsSize: number, strings: number, stringsSize: number): string[] {
    const entry = this.#is64 ? 24 : 16;
    const names = new Set<string>();
    for (let at = symbols + entry; at + entry <= symbols + symbolsSize; at += entry) {
      const sectionIndex = this.#half(at + (this.#is64 ? 6 : 14));
      if (sectionIndex !== 0) continue;
      const name = this.#word32(at);
      if (name === 0 || name >= stringsSize) continue;
      names.add(this.#string(strings + name));
    }
    return [...names].toSorted();
  }

  #string(offset: number): string {
    const end = this.#bytes.indexOf(0, offset);
    return Buffer.from(this.#bytes.subarray(offset, end === -1 ? this.#bytes.length : end)).toString(
      "latin1",
    );
  }

  #half(offset: number): number {
    return this.#view.getUint16(offset, this.#little);
  }

  #word32(offset: number): number {
    return this.#view.getUint32(offset, this.#little);
  }

  #word64(offset: number): number {
    return Number(this.#view.getBigUint64(offset, this.#little));
  }
}
