/** Splits whole cents by weights; the parts add up to the amount. */
export function allocate(cents: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum <= 0) throw new RangeError("weights must add up to more than 0");
  const parts = weights.map((weight) => Math.floor((cents * weight) / sum));
  let left = cents - parts.reduce((a, b) => a + b, 0);
  for (let at = 0; left > 0; at = (at + 1) % parts.length) {
    if (weights[at] === 0) continue;
    parts[at] = (parts[at] as number) + 1;
    left -= 1;
  }
  return parts;
}

export function splitEvenly(cents: number, people: number): number[] {
  return allocate(
    cents,
    Array.from({ length: people }, () => 1),
  );
}

export function formatCents(cents: number): string {
  const sign = cents < 0 ? "-" : "";
  const whole = Math.floor(Math.abs(cents) / 100);
  return `${sign}${whole}.${String(Math.abs(cents) % 100).padStart(2, "0")}`;
}
