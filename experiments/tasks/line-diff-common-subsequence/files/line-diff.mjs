function commonLengths(before, after) {
  const table = Array.from({ length: before.length + 1 }, () =>
    Array.from({ length: after.length + 1 }, () => 0),
  );
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      table[i][j] = before[i] === after[j] ? table[i + 1][j + 1] : Math.min(table[i + 1][j], table[i][j + 1]);
    }
  }
  return table;
}

/** Lines with a sign: " " kept, "-" removed, "+" added. */
export function diffLines(before, after) {
  const table = commonLengths(before, after);
  const lines = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push(` ${before[i++]}`);
      j++;
    } else if (j >= after.length || (i < before.length && table[i + 1][j] < table[i][j + 1])) {
      lines.push(`-${before[i++]}`);
    } else {
      lines.push(`+${after[j++]}`);
    }
  }
  return lines;
}

export function changeCount(before, after) {
  return diffLines(before, after).filter((line) => line[0] !== " ").length;
}
