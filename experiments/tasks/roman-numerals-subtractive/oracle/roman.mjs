const VALUES = { I: 1, V: 5, X: 10, L: 50, C: 100, D: 500, M: 1000 };
const PAIRS = [
  [1000, "M"],
  [900, "CM"],
  [500, "D"],
  [400, "CD"],
  [100, "C"],
  [90, "XC"],
  [50, "L"],
  [40, "XL"],
  [10, "X"],
  [9, "IX"],
  [5, "V"],
  [4, "IV"],
  [1, "I"],
];

/** For whole numbers from 1 to 3999. */
export function toRoman(number) {
  if (!Number.isInteger(number) || number < 1 || number > 3999)
    throw new RangeError(`no numeral for ${number}`);
  let rest = number;
  let numeral = "";
  for (const [value, letters] of PAIRS) {
    while (rest >= value) {
      numeral += letters;
      rest -= value;
    }
  }
  return numeral;
}

export function fromRoman(numeral) {
  let sum = 0;
  for (let at = 0; at < numeral.length; at++) {
    const value = VALUES[numeral[at]];
    if (value === undefined) throw new SyntaxError(`no letter of a numeral: ${numeral[at]}`);
    const next = VALUES[numeral[at + 1]] ?? 0;
    sum += value < next ? -value : value;
  }
  return sum;
}
