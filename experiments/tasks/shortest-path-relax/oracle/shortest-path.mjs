/** Costs from `start` to every node that can be reached; the graph is `{ node: { neighbour: cost } }`. */
export function costsFrom(graph, start) {
  const costs = new Map([[start, 0]]);
  const previous = new Map();
  const open = new Set([start]);
  while (open.size > 0) {
    let nearest;
    for (const node of open) {
      if (nearest === undefined || costs.get(node) < costs.get(nearest)) nearest = node;
    }
    open.delete(nearest);
    for (const [neighbour, cost] of Object.entries(graph[nearest] ?? {})) {
      const found = costs.get(nearest) + cost;
      if (found < (costs.get(neighbour) ?? Infinity)) {
        costs.set(neighbour, found);
        previous.set(neighbour, nearest);
        open.add(neighbour);
      }
    }
  }
  return { costs, previous };
}

export function shortestPath(graph, start, goal) {
  const { costs, previous } = costsFrom(graph, start);
  if (!costs.has(goal)) return undefined;
  const path = [goal];
  while (path[0] !== start) path.unshift(previous.get(path[0]));
  return { path, cost: costs.get(goal) };
}
