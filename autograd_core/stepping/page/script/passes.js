// Both passes over a graph: the engine's own two loops, on the functions that compute its nodes.

// The page's data come as tables, with null where a record has no such field.
function records({ keys, rows }) {
  return rows.map((row) => Object.fromEntries(keys.map((key, index) => [key, row[index] ?? undefined])));
}

class Passes {
  // Nodes with their recorded numbers, edges with their recorded local derivatives, and the topological order.
  constructor({ nodes, edges, order, functions }) {
    this.nodes = nodes;
    this.edges = edges;
    this.order = order;
    this.root = order.at(-1);
    this.functions = functions ? new Function(functions)() : null;
    this.into = nodes.map(() => []); // of each node the edges from its operands, in their order
    this.outOf = nodes.map(() => []); // of each node the edges to its consumers
    edges.forEach((edge, index) => {
      this.into[edge.to][edge.index] = index;
      this.outOf[edge.from].push(index);
    });
    this.recorded = {
      values: nodes.map((node) => exactly(node.exact)),
      locals: edges.map((edge) => (edge.local == null ? null : exactly(edge.local))),
    };
    this.changeable = this.functions ? nodes.flatMap((node, index) => (node.role ? [index] : [])) : [];
    this.reset();
  }

  reset() {
    this.values = [...this.recorded.values];
    this.run();
  }

  // Give leaves other numbers: pairs of a node and its number.
  set(changes) {
    for (const [node, number] of changes) this.values[node] = number;
    this.run();
  }

  isChanged(node) {
    return !Object.is(this.values[node], this.recorded.values[node]);
  }

  changes() {
    return this.changeable.filter((node) => this.isChanged(node)).map((node) => [node, this.values[node]]);
  }

  run() {
    this.locals = this.forward(this.values);
    [this.gradients, this.contributions] = this.backward(this.locals);
  }

  // The local derivatives; the values of computed nodes are set in the list of values. What was computed from numbers
  // as they were recorded keeps its recorded number, to the last bit.
  forward(values) {
    const locals = [...this.recorded.locals];
    const isNew = values.map((value, node) => !Object.is(value, this.recorded.values[node]));
    for (const node of this.order) {
      const into = this.into[node];
      if (!into.length) continue;
      isNew[node] = into.some((edge) => isNew[this.edges[edge].from]);
      if (isNew[node]) {
        const [value, derivatives] = this.functions[this.nodes[node].computes](...into.map((edge) => values[this.edges[edge].from]));
        values[node] = value;
        into.forEach((edge, index) => (locals[edge] = derivatives[index]));
      } else values[node] = this.recorded.values[node];
    }
    return locals;
  }

  // The gradients, and what each edge passes on, in the engine's order: [edge, what it adds, before, after].
  backward(locals) {
    const gradients = this.nodes.map(() => 0);
    const contributions = [];
    gradients[this.root] = 1;
    for (const node of [...this.order].reverse()) {
      const upstream = gradients[node];
      if (upstream === 0) continue; // zero passes nothing on, not even to an infinite derivative
      for (const edge of this.into[node]) {
        if (locals[edge] === null) continue;
        const adds = upstream * locals[edge];
        const operand = this.edges[edge].from;
        const before = gradients[operand];
        gradients[operand] += adds;
        contributions.push([edge, adds, before, gradients[operand]]);
      }
    }
    return [gradients, contributions];
  }

  // The root's value were one leaf another number.
  rootAt(leaf, number) {
    const values = [...this.values];
    values[leaf] = number;
    this.forward(values);
    return values[this.root];
  }

  // Whether a node has a nan or inf: "value", "gradient", or "" for neither.
  loudness(node) {
    if (!Number.isFinite(this.values[node])) return "value";
    return this.hasGradient(node) && !Number.isFinite(this.gradients[node]) ? "gradient" : "";
  }

  isLoudEdge(edge) {
    return this.locals[edge] !== null && !Number.isFinite(this.locals[edge]);
  }

  // The first node that is not finite though all its operands are; undefined where there is none.
  firstLoud() {
    const isLoud = (node) => this.loudness(node) === "value";
    const index = this.nodes.findIndex((_, node) => isLoud(node) && !this.into[node].some((edge) => isLoud(this.edges[edge].from)));
    return index < 0 ? undefined : index;
  }

  hasGradient(node) {
    return !this.nodes[node].constant;
  }

  // One step of gradient descent.
  descend(rate) {
    const moving = this.moving();
    this.set(moving.map((leaf) => [leaf, this.values[leaf] - rate * this.gradients[leaf]]));
  }

  // The leaves that learning moves: the parameters, and where there are none, all leaves.
  moving() {
    const leaves = this.changeable.filter((leaf) => this.hasGradient(leaf));
    const parameters = leaves.filter((leaf) => this.nodes[leaf].role === "parameter");
    return parameters.length ? parameters : leaves;
  }
}
