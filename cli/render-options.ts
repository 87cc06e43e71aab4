/** How text for people may look on a stream: colour only where the terminal says so (NO_COLOR, FORCE_COLOR). */
import type { RenderOptions } from "@helios/reports";

interface Terminal {
  readonly isTTY?: boolean;
  hasColors?(): boolean;
}

/** Eighty columns everywhere: what people paste into issues looks the same for everybody. */
export function renderOptions(stream: Terminal = process.stdout): RenderOptions {
  return { colour: stream.isTTY === true && stream.hasColors?.() === true, columns: 80 };
}
