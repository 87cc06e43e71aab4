/** Builds the smallest ELF file with a dynamic symbol table, for tests: no compiler, no foreign binary in the repository. */

export interface ExampleSymbol {
  readonly name: string;
  readonly isDefined: boolean;
}

/** `undefined` instead of symbols: no dynamic table, as in a statically linked program. */
export function elfWith(
  symbols: readonly ExampleSymbol[] | undefined,
  options: { readonly is64?: boolean; readonly isLittle?: boolean } = {},
): Uint8Array {
  const is64 = options.is64 ?? true;
  const little = options.isLittle ?? true;
  const entry = is64 ? 24 : 16;
  const header = is64 ? 64 : 52;
  const section = is64 ? 64 : 40;
  const names = ["", ...(symbols ?? []).map((symbol) => symbol.name)];
  const strings = Buffer.from(`${names.join("\0")}\0`, "latin1");
  const table = entry * names.length;
  const sectionsAt = header + table + strings.length;
  const bytes = new Uint8Array(sectionsAt + 3 * section);
  const view = new DataView(bytes.buffer);
  const word = (at: number, value: number): void => {
    if (is64) view.setBigUint64(at, BigInt(value), little);
    else view.setUint32(at, value, little);
  };
  bytes.set([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, little ? 1 : 2, 1]);
  view.setUint16(16, 3, little); // ET_DYN
  word(is64 ? 40 : 32, symbols === undefined ? 0 : sectionsAt);
  view.setUint16(is64 ? 58 : 46, section, little);
  view.setUint16(is64 ? 60 : 48, 3, little);
  let nameAt = 1;
  (symbols ?? []).forEach((symbol, index) => {
    const at = header + entry * (index + 1);
    view.setUint32(at, nameAt, little);
    view.setUint16(at + (is64 ? 6 : 14), symbol.isDefined ? 1 : 0, little);
    nameAt += symbol.name.length + 1;
  });
  bytes.set(strings, header + table);
  const describe = (index: number, type: number, offset: number, size: number, link: number): void => {
    const at = sectionsAt + index * section;
    view.setUint32(at + 4, type, little);
    word(at + (is64 ? 24 : 16), offset);
    word(at + (is64 ? 32 : 20), size);
    view.setUint32(at + (is64 ? 40 : 24), link, little);
  };
  describe(1, 11, header, table, 2); // SHT_DYNSYM, its strings in section 2
  describe(2, 3, header + table, strings.length, 0);
  return bytes;
}
