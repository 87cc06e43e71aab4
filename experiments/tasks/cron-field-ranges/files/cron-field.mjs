/** The numbers that a field such as "1-5", "*\/15" or "0,30" stands for, sorted. */
export function parseField(field, min, max) {
  const numbers = new Set();
  for (const part of field.split(",")) {
    const match = /^(\*|\d+(?:-\d+)?)(?:\/(\d+))?$/.exec(part);
    if (match === null) throw new SyntaxError(`not a field: ${part}`);
    const [, range, stepText] = match;
    const step = stepText === undefined ? 0 : Number(stepText);
    const [low, high] = range === "*" ? [min, max] : range.split("-").map(Number);
    const last = high ?? (stepText === undefined ? max : low);
    if (step < 1 || low < min || last > max || low > last) throw new RangeError(`out of range: ${part}`);
    for (let number = low; number < last; number += step) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}

export function fires(field, value, min, max) {
  return parseField(field, min, max).includes(value);
}
