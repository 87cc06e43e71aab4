export function multiply(left, right) {
  if (left[0].length !== right.length) throw new RangeError("sizes do not fit");
  return left.map((row) =>
    right[0].map((_, column) => {
      let sum = 0;
      for (let k = 0; k < row.length; k++) {
        sum += row[k] * right[k][column];
      }
      return sum;
    }),
  );
}

export function transpose(matrix) {
  return matrix[0].map((_, column) => matrix.map((row) => row[column]));
}

export function identity(size) {
  return Array.from({ length: size }, (_, r) => Array.from({ length: size }, (_, c) => (r === c ? 1 : 0)));
}
