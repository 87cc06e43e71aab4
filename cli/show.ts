/** How values look in text output. JSON output has the values themselves. */

/** A path on one line: quoted as a JSON string when it has a character that would break or fake a line. */
export function showPath(path: string): string {
  // oxlint-disable-next-line eslint/no-control-regex -- control characters are what is looked for
  return /[\u0000-\u001f\u007f-\u009f"\\\u2028\u2029]/.test(path) ? JSON.stringify(path) : path;
}

/** Text of others (messages, authors) on one line, without characters that move a terminal's cursor. */
export function showLine(text: string): string {
  // oxlint-disable-next-line eslint/no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
}

export function showCount(count: number, one: string, many: string): string {
  return `${groupDigits(count)} ${count === 1 ? one : many}`;
}

/** `1,234,567`. By hand: the first `toLocaleString` of a process loads the locale data, 10 ms. */
export function groupDigits(integer: number): string {
  return String(integer).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** UTC, to the second. */
export function showTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"];

export function showBytes(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}
