// What is written of one node: its formula, the sum that is its gradient, and its paths; and nothing not known yet.

const MOST_TERMS = 4;
const MOST_PATHS = 3;

class NodePanel {
  // The page is asked for what is known at the moment.
  constructor(page) {
    this.page = page;
  }

  // All there is to say of a node.
  texts(node, withNumbers = true) {
    const { data, passes } = this.page;
    const record = data.nodes[node];
    if (record.members) return [paragraph("quiet", `${record.members}, drawn as one box.`)];
    const texts = withNumbers ? this.valueTexts(node) : [];
    if (record.constant) return [...texts, paragraph("quiet", "A constant: it gets no gradient.")];
    if (withNumbers) texts.push(paragraph("formula", "grad ", element("b", {}, this.page.gradientInWords(node))));
    if (!passes) return [...texts, paragraph("quiet", "The paths to the root lead through boxes: explain(root, node) lists them.")];
    texts.push(...this.sumTexts(node));
    if (record.formula) texts.push(this.page.heading(3, "Operands and local derivatives"), this.derivatives(node, true), ...this.foldButton(node));
    return [...texts, ...this.pathTexts(node)];
  }

  valueTexts(node) {
    const { data, passes, names } = this.page;
    const record = data.nodes[node];
    const value = this.page.value(node);
    if (!record.formula) return [paragraph("formula", "= ", element("b", {}, value))];
    const texts = [paragraph("formula", `= ${record.formula}`)];
    if (!this.page.state.computed.has(node)) return [...texts, paragraph("formula", "= not yet")];
    return [...texts, paragraph("formula", passes ? `= ${names.inNumbers(node)} = ` : "= ", element("b", {}, value))];
  }

  // -- the chain rule -------------------------------------------------------------------------------------------

  // A gradient is a sum over the node's consumers: local derivative times the consumer's gradient.
  sumTexts(node) {
    const { passes, names, state } = this.page;
    if (node === passes.root) return [paragraph("formula", `${names.gradient(node)} = 1: the derivative of a number with respect to itself`)];
    const terms = termsOf(passes, node).filter(({ local }) => local !== null);
    if (!terms.length) return [paragraph("formula", `${names.gradient(node)} = 0: nothing passes a gradient on to it`)];
    const shownTerms = terms.length > MOST_TERMS ? terms.slice(0, 2) : terms;
    const rest = terms.length > shownTerms.length ? [` + … ${terms.length - shownTerms.length} more`] : [];
    const symbols = joined(shownTerms.map((term) => this.termInSymbols(term)), " + ");
    const numbers = joined(shownTerms.map((term) => this.termInNumbers(term)), " + ");
    const isComplete = state.complete.has(node);
    const total = element("b", {}, isComplete ? shown(passes.gradients[node]) : this.page.unknown);
    return [
      this.page.heading(3, terms.length > 1 ? `Its gradient: a sum over the ${terms.length} places that use it` : "Its gradient: one place uses it"),
      element("p", { class: "formula chain" }, `${names.gradient(node)} = `, ...symbols, ...rest),
      element("p", { class: "formula chain" }, "= ", ...numbers, ...rest, " = ", total),
    ];
  }

  termInSymbols({ edge, consumer }) {
    const { passes, names } = this.page;
    const rest = consumer === passes.root ? [] : ["·", names.gradient(consumer)];
    return element("span", { class: "product" }, this.coloured(edge, passes.edges[edge].symbol), ...rest);
  }

  termInNumbers({ edge, consumer, local, upstream }) {
    const { state } = this.page;
    const first = this.page.knowsLocal(edge) ? factor(local) : this.page.unknown;
    const second = state.complete.has(consumer) ? factor(upstream) : this.page.unknown;
    return element("span", { class: "product" }, this.coloured(edge, first), ...(consumer === this.page.passes.root ? [] : ["·", second]));
  }

  coloured(edge, text) {
    return element("span", { class: `kind-${this.page.data.edges[edge].kind}` }, text);
  }

  // -- local derivatives ------------------------------------------------------------------------------------------

  derivatives(node, withOperands) {
    const { passes, names, state, data } = this.page;
    return element("ul", { class: "derivatives" }, ...passes.into[node].map((edge) => {
      const operand = passes.edges[edge].from;
      const flows = passes.locals[edge] !== null;
      const parts = [];
      if (withOperands) parts.push(this.link(operand), element("span", { class: "formula" }, `= ${this.page.value(operand)}`));
      if (flows) parts.push(this.page.kindChip(data.edges[edge].kind));
      const text = this.page.knowsLocal(edge) || !flows ? names.derivative(edge) : `${data.edges[edge].symbol} = ${this.page.unknown}`;
      parts.push(element("span", { class: flows ? "formula" : "quiet" }, text));
      return element("li", {}, ...parts);
    }));
  }

  // In the drawing of every node, what only this one is computed from can be hidden.
  foldButton(node) {
    const count = this.page.folds ? 0 : onlyFor(this.page.passes, node).size;
    if (!count) return [];
    const what = this.page.collapsed.has(node) ? `Expand the ${count} hidden` : `Collapse the ${count} that only it is computed from`;
    return [element("p", {}, element("button", { type: "button", "data-collapse": node }, what))];
  }

  link(node) {
    return element("button", { type: "button", class: "link", "data-choose": node }, this.page.names.of(node));
  }

  // -- paths --------------------------------------------------------------------------------------------------------

  pathTexts(node) {
    const { passes } = this.page;
    if (node === passes.root) return [];
    const count = pathCounts(passes)[node];
    const largest = largestPaths(passes, MOST_PATHS)[node];
    const some = BigInt(largest.length) === count ? "" : `, the largest ${largest.length} of them`;
    const title = count === 1n ? "The path to the root" : `${inGroups(count)} paths to the root${some}`;
    return [this.page.heading(3, title), element("ol", { class: "paths" }, ...largest.map((path) => this.pathItem(node, path)))];
  }

  pathItem(node, { edges, product }) {
    const { passes, names } = this.page;
    const way = [names.of(node), ...edges.map((edge) => names.of(passes.edges[edge].to))];
    const factors = edges.map((edge) => (this.page.knowsLocal(edge) ? factor(passes.locals[edge] ?? 0) : this.page.unknown));
    const isKnown = this.page.knowsPath(node, edges);
    return element("li", {},
      element("div", {}, withoutMiddle(way).join(" → ")),
      element("div", { class: "formula" }, `${withoutMiddle(factors).join(" × ")} = `, element("b", {}, isKnown ? shown(product) : this.page.unknown)));
  }
}

function inGroups(count) {
  const digits = String(count);
  return digits.length <= 15 ? digits.replace(/\B(?=(\d{3})+$)/g, ",") : `about 10^${digits.length - 1}`;
}
