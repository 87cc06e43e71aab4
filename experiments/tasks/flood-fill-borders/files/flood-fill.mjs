const SIDES = [
  [0, 1],
  [1, 0],
  [0, 1],
  [-1, 0],
];

/** A new grid with the area around (row, column) filled. */
export function fill(grid, row, column, value) {
  const filled = grid.map((cells) => [...cells]);
  const before = grid[row]?.[column];
  if (before === undefined || before !== value) return filled;
  const open = [[row, column]];
  while (open.length > 0) {
    const [r, c] = open.pop();
    if (filled[r]?.[c] !== before) continue;
    grid[r][c] = value;
    filled[r][c] = value;
    for (const [down, right] of SIDES) open.push([r + down, c + right]);
  }
  return filled;
}

/** How many areas of equal cells there are. */
export function countAreas(grid) {
  let rest = grid;
  let areas = 0;
  for (let row = 0; row < grid.length; row++) {
    for (let column = 0; column < grid[row].length; column++) {
      if (rest[row][column] === null) continue;
      rest = fill(rest, row, column, null);
      areas++;
    }
  }
  return areas;
}
