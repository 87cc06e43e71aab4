/** What was not parsed and found harmless, one entry for each kind, with the first file of it. */
import type { NotScanned } from "@helios/policy";

export interface HarmlessKind extends NotScanned {
  readonly count: number;
}

export function harmlessKinds(notScanned: readonly NotScanned[]): readonly HarmlessKind[] {
  const kinds = new Map<string, HarmlessKind>();
  for (const each of notScanned) {
    if (each.harmless !== true) continue;
    const key = `${each.code}\0${each.reason}`;
    const { count, ...first } = kinds.get(key) ?? { ...each, count: 0 };
    kinds.set(key, { ...first, count: count + 1 });
  }
  return [...kinds.values()];
}
