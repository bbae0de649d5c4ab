// What a gradient is made of: the sum over a node's consumers, and its paths to the root.

// The terms of a node's gradient: one for each edge to a consumer.
function termsOf(passes, node) {
  return passes.outOf[node].map((edge) => {
    const consumer = passes.edges[edge].to;
    const local = passes.locals[edge];
    return { edge, consumer, local, upstream: passes.gradients[consumer] };
  });
}

// For each node how many paths lead from it to the root.
function pathCounts(passes) {
  const counts = passes.nodes.map(() => 0n);
  counts[passes.root] = 1n;
  for (const node of [...passes.order].reverse()) {
    for (const edge of passes.into[node]) counts[passes.edges[edge].from] += counts[node];
  }
  return counts;
}

// The paths of largest product from each node to the root, as lists of edges: a path's best end is one of the best
// paths of the node that it goes to.
function largestPaths(passes, most) {
  const paths = passes.nodes.map(() => []);
  paths[passes.root] = [{ edges: [], product: 1 }];
  const size = (path) => (Number.isNaN(path.product) ? Infinity : Math.abs(path.product));
  for (const node of [...passes.order].reverse()) {
    if (node !== passes.root) paths[node] = pathsThrough(passes, node, paths).sort((a, b) => size(b) - size(a)).slice(0, most);
  }
  return paths;
}

function pathsThrough(passes, node, paths) {
  return passes.outOf[node].flatMap((edge) => {
    const local = passes.locals[edge];
    return paths[passes.edges[edge].to].map((rest) => ({
      edges: [edge, ...rest.edges],
      product: rest.product === 0 || local === null ? 0 : rest.product * local,
    }));
  });
}

// All edges and nodes on the way from a node to the root.
function onTheWay(passes, node) {
  const nodes = new Set([node]);
  const edges = new Set();
  for (const each of passes.order) {
    for (const edge of passes.into[each]) {
      if (!nodes.has(passes.edges[edge].from)) continue;
      edges.add(edge);
      nodes.add(each);
    }
  }
  return { nodes, edges };
}

// -- why the topological order ------------------------------------------------------------------------------------

const MOST_VISITS = 5000;

// The naive recursion: whoever gets a gradient passes it on at once. A node that several others use is then visited
// several times, and each time passes on all that it has so far.
function naiveRecursion(passes) {
  const gradients = passes.nodes.map(() => 0);
  const visits = [];
  gradients[passes.root] = 1;
  const ahead = [[passes.root, null]];
  while (ahead.length) {
    const [node, edge] = ahead.pop();
    const upstream = edge === null ? 0 : gradients[passes.edges[edge].to];
    if (upstream !== 0) gradients[node] += upstream * passes.locals[edge];
    visits.push({ node, edge, gradient: gradients[node] });
    if (visits.length > MOST_VISITS) return null;
    // The operands' turns come one after the other; each gets its part when its turn comes.
    for (const each of [...passes.into[node]].reverse()) {
      if (passes.locals[each] !== null) ahead.push([passes.edges[each].from, each]);
    }
  }
  return { gradients, visits };
}

// Computed nodes that several edges lead out of: where the order matters.
function sharedNodes(passes) {
  return passes.order.filter((node) => passes.into[node].length && passes.outOf[node].filter((edge) => passes.locals[edge] !== null).length > 1);
}

// ∂end/∂start over all that lies between two nodes.
function slopeBetween(passes, start, end) {
  const slopes = new Map([[start, 1]]);
  for (const node of passes.order) {
    for (const edge of passes.into[node]) {
      const slope = slopes.get(passes.edges[edge].from);
      if (slope !== undefined && passes.locals[edge] !== null) slopes.set(node, (slopes.get(node) ?? 0) + slope * passes.locals[edge]);
    }
  }
  return slopes.get(end) ?? 0;
}

// The nodes that only this one is computed from: what its box stands for once it is collapsed.
function onlyFor(passes, node) {
  const own = new Set([node]);
  for (const each of [...[...passes.order].reverse(), ...passes.nodes.keys()]) { // the constants last
    const uses = passes.outOf[each];
    if (uses.length && uses.every((edge) => own.has(passes.edges[edge].to))) own.add(each);
  }
  own.delete(node);
  return own;
}
