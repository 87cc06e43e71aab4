/**
 * Numbers for people: three digits that mean something, and the unit that keeps them short. Never rounds a
 * share up to 100 %: "99.996 %" must not read as "nothing was written".
 */

/** At most three significant digits without an exponent; whole numbers from 100 up, grouped from 10,000 up. */
export function formatNumber(value: number): string {
  return trimZeros(threeDigits(value));
}

/** Exactly three digits for what is not whole, so that a column of measurements lines up. */
function threeDigits(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 10_000) return group(Math.round(value));
  if (size >= 99.95 || Number.isInteger(value)) return String(Math.round(value));
  if (size < 0.001) return value.toExponential(1);
  return value.toPrecision(3);
}

/** Microseconds as ns, µs, ms, s or min. */
export function formatMicroseconds(us: number): string {
  const size = Math.abs(us);
  if (size >= 120e6) return withUnit(us / 60e6, "min");
  if (size >= 999_500) return withUnit(us / 1e6, "s");
  if (size >= 999.5) return withUnit(us / 1000, "ms");
  if (size >= 0.9995 || us === 0) return withUnit(us, "µs");
  return withUnit(us * 1000, "ns");
}

/** Decimal units, as disks are sold: 1 kB is 1,000 bytes. */
export function formatBytes(bytes: number): string {
  const size = Math.abs(bytes);
  if (size >= 999.5e6) return withUnit(bytes / 1e9, "GB");
  if (size >= 999.5e3) return withUnit(bytes / 1e6, "MB");
  if (size >= 999.5) return withUnit(bytes / 1000, "kB");
  return withUnit(bytes, "B");
}

/** A share 0..1 as percent: two digits above 99, four where two would read 100, and cut where four would. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent <= 99 || percent >= 100) {
    return `${Number.isInteger(percent) ? percent : percent.toFixed(1)} %`;
  }
  const rounded = percent.toFixed(percent < 99.99 ? 2 : 4);
  return Number(rounded) < 100 ? `${rounded} %` : "99.9999 %";
}

/** A value in the unit a gate or an estimate declares. */
export function formatQuantity(value: number, unit: string): string {
  switch (unit) {
    case "us":
      return formatMicroseconds(value);
    case "bytes":
    case "B":
      return formatBytes(value);
    case "share":
      return formatShare(value);
    case "%":
      return formatShare(value / 100);
    case "":
      return formatNumber(value);
    default:
      return `${formatNumber(value)} ${unit}`;
  }
}

/** `7.2x`; the ratio of two positive numbers. */
export function formatRatio(ratio: number): string {
  return ratio >= 100
    ? `${group(Math.round(ratio))}x`
    : `${trimZeros(ratio.toPrecision(ratio < 10 ? 3 : 2))}x`;
}

/** Sentences are written with "us"; people read "µs". */
export function proseUnits(text: string): string {
  return text.replaceAll(/(\d) us\b/g, "$1 µs");
}

function withUnit(value: number, unit: string): string {
  return `${threeDigits(value)} ${unit}`;
}

function trimZeros(text: string): string {
  return text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;
}

function group(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ",");
}
