// What nodes are called, and formulas with numbers in their places.

class Names {
  constructor(passes) {
    this.passes = passes;
  }

  of(node) {
    const { title, name } = this.passes.nodes[node];
    return title ?? name;
  }

  // A name as it can stand anywhere in a formula.
  word(node) {
    return this.passes.nodes[node].word ?? this.of(node);
  }

  gradient(node) {
    return `∂${this.word(this.passes.root)}/∂${this.word(node)}`;
  }

  // The operation that computed a node, with its operands' numbers: as they are within a call, else a negative one in
  // parentheses.
  inNumbers(node) {
    const { nodes, edges, into, values } = this.passes;
    const bias = nodes[node].numbers.match(/·.* \+ \[(\d+)\]$/)?.[1]; // of a weighted sum; 0 is not written
    const isWritten = bias === undefined || values[edges[into[node][bias]].from] !== 0;
    const text = isWritten ? nodes[node].numbers : nodes[node].numbers.replace(/ \+ \[\d+\]$/, "");
    return text.replace(/\[(\d+)\]/g, (place, index, start) => {
      const number = shown(values[edges[into[node][index]].from]);
      const isEnclosed = /[(|]$|, $/.test(text.slice(0, start)) && /^[)|,]/.test(text.slice(start + place.length));
      return isEnclosed ? number : signed(number);
    });
  }

  // An edge's local derivative as a formula: symbol, formula, number, and where it is evaluated.
  derivative(edge) {
    const { symbol, formula, at } = this.passes.edges[edge];
    const local = this.passes.locals[edge];
    if (local === null) return this.noDerivative(edge);
    const value = shown(local);
    const sides = ["", value].includes(formula.replace("−", "-")) ? [symbol, value] : [symbol, formula, value];
    const point = [...new Set(at.map(([name, node]) => `${name} = ${shown(this.passes.values[node])}`))];
    return sides.join(" = ") + (point.length ? ` at ${point.join(", ")}` : "");
  }

  noDerivative(edge) {
    return this.passes.nodes[this.passes.edges[edge].from].constant ? "a constant gets no gradient" : "no gradient flows here";
  }
}
