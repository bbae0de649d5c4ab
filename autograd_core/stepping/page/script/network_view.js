// The drawing of a network: a box for each neuron, a row for each weight. Its numbers tell by attributes what they are.

const NOT_YET = "…";

class NetworkView {
  constructor(svg, data, passes) {
    Object.assign(this, { svg, data, passes, numberText: columnNumber });
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", "The network");
    this.places = [...svg.querySelectorAll("[data-sort]")].map((found) => this.prepareNumber(found)).filter(Boolean);
    this.byNode = new Map();
    for (const place of this.places) this.addTarget(place);
    this.edges = [...svg.querySelectorAll("path.edge")].map((path) => this.prepareEdge(path));
  }

  targets() {
    return [...this.byNode].filter(([, target]) => !target.closest(".folded .term"));
  }

  targetOf(node) {
    return this.byNode.get(node);
  }

  numbers() {
    return this.places.filter(({ isCell }) => !isCell);
  }

  // What a number is: of which node or edge. Whoever presses on it chooses that node.
  prepareNumber(text) {
    const { sort, node: place, operand, digits } = text.dataset;
    const node = this.passes.order[place];
    const edge = this.passes.into[node]?.[operand];
    const found = { text, digits: Number(digits ?? 3), isCell: text.tagName === "rect" };
    const kinds = {
      value: { what: "value", node },
      gradient: { what: "gradient", node },
      derivative: { what: "local", edge },
      contribution: { what: "contribution", edge },
      constant: { what: "value", node: this.data.edges[edge]?.from },
      slope: { what: "slope", node, start: this.passes.order[operand] },
    };
    if (!(sort in kinds)) return null;
    Object.assign(found, kinds[sort]);
    text.dataset.node = found.start ?? found.node ?? this.data.edges[edge].from;
    return found;
  }

  // -- what can be chosen ---------------------------------------------------------------------------------------------

  // A node can be chosen at home: a parameter in its row, an input on its card, a neuron's s and a beside its rows.
  addTarget({ text, what, node, isCell }) {
    const isReader = text.closest(".term") && this.data.nodes[node]?.role !== "parameter";
    if (what !== "value" || this.byNode.has(node) || isReader) return;
    const parts = text.closest(".term") ? [...text.closest(".term").querySelectorAll("text, [data-sort]")] : rowOf(text);
    const [left, top, right, bottom] = isCell ? boundsOfCells(parts) : boundsOfTexts(parts);
    const target = drawn("rect", { class: "target", x: left, y: top, width: right - left, height: bottom - top, rx: 4, role: "button", tabindex: -1 });
    target.dataset.node = node;
    text.parentNode.append(target);
    this.byNode.set(node, target);
  }

  // -- edges ----------------------------------------------------------------------------------------------------------

  prepareEdge(path) {
    const { layer, neuron, term, output } = path.dataset;
    if (output !== undefined) return { path, edge: this.edgeToLoss(output) };
    const row = this.svg.querySelector(`.term[data-layer="${layer}"][data-neuron="${neuron}"][data-term="${term}"]`);
    const weight = row && this.places.find(({ text, node }) => row.contains(text) && this.data.nodes[node]?.role === "parameter")?.node;
    return { path, layer, weight, edge: weight === undefined ? undefined : this.signalEdge(weight, row.closest(".neuron")) };
  }

  // The edge of the signal that a weight multiplies, in the sum of this neuron.
  signalEdge(weight, neuron) {
    const { passes } = this;
    const sums = new Set(this.places.filter(({ text, what }) => what === "gradient" && neuron.contains(text)).map(({ node }) => node));
    const ways = passes.outOf[weight].filter((edge) => sums.has(passes.edges[edge].to));
    const [edge] = ways.length ? ways : passes.outOf[weight];
    const { to, index } = passes.edges[edge];
    const into = passes.into[to];
    return into.length === 2 ? into[1 - index] : into[index + Math.floor(into.length / 2)];
  }

  edgeToLoss(output) {
    const within = this.svg.querySelector(`.output[data-output="${output}"]`) ?? this.svg.querySelector(".loss");
    const found = this.places.find(({ text, what }) => within?.contains(text) && what === "local");
    return found?.edge;
  }

  // -- painting -------------------------------------------------------------------------------------------------------

  paint(look) {
    for (const place of this.places) this.paintNumber(place, look);
    for (const [node, target] of this.byNode) this.paintTarget(node, target, look);
    const most = this.largestWeights();
    for (const edge of this.edges) this.paintEdge(edge, look, most);
  }

  paintNumber(place, look) {
    const number = this.numberAt(place, look);
    const isKnown = number !== undefined;
    if (place.isCell) return this.paintCell(place.text, isKnown ? number : 0, place.what);
    const text = isKnown ? columnNumber(number, place.digits) : look.unknown === "?" ? "?" : NOT_YET;
    if (place.text.textContent !== text) place.text.textContent = text;
    place.text.classList.toggle("unknown", !isKnown);
    place.text.classList.toggle("loud", isKnown && !Number.isFinite(number));
    place.text.classList.toggle("partial", place.what === "gradient" && isKnown && !look.state.complete.has(place.node));
    place.text.classList.toggle("live", place.what === "value" && look.live.has(place.node) && this.isHome(place));
    return undefined;
  }

  isHome({ text, node }) {
    return text.parentNode.contains(this.byNode.get(node) ?? null);
  }

  // The number at a place; undefined where it is not known yet.
  numberAt({ what, node, edge, start }, { state, knowsLocal }) {
    const { passes } = this;
    if (what === "value") return state.computed.has(node) ? passes.values[node] : undefined;
    if (what === "gradient") return state.gradients.has(node) ? exactly(state.gradients.get(node).exact) : undefined;
    if (what === "local") return knowsLocal(edge) ? passes.locals[edge] ?? 0 : undefined;
    if (what === "slope") return state.computed.has(node) ? slopeBetween(passes, start, node) : undefined;
    const { to } = passes.edges[edge];
    return state.complete.has(to) ? passes.gradients[to] * (passes.locals[edge] ?? 0) : undefined;
  }

  // A cell of a matrix: orange for a positive number, blue for a negative one; the smaller, the paler.
  paintCell(cell, number, what) {
    const { dataset } = cell.closest(".matrix");
    const largest = Number(what === "value" ? dataset.largestWeight : dataset.largestGradient);
    cell.classList.toggle("pos", number > 0);
    cell.classList.toggle("neg", number <= 0);
    cell.classList.toggle("loud", !Number.isFinite(number));
    cell.setAttribute("fill-opacity", !Number.isFinite(number) ? 1 : largest ? Math.min(1, Math.abs(number) / largest) ** 0.7 : 0);
  }

  paintTarget(node, target, look) {
    target.classList.toggle("current", look.current.nodes.includes(node));
    target.classList.toggle("chosen", node === look.chosen);
    target.classList.toggle("asked", node === look.asked);
    target.classList.toggle("live", look.live.has(node));
    target.setAttribute("aria-pressed", node === look.chosen);
    target.setAttribute("aria-label", look.label(node));
    const known = look.state.gradients.get(node);
    if (known?.exact) target.dataset.grad = known.exact;
    else delete target.dataset.grad;
    if (look.state.computed.has(node)) target.dataset.value = look.exactValue(node);
    else delete target.dataset.value;
  }

  largestWeights() {
    const most = new Map();
    for (const { layer, weight } of this.edges) {
      const size = Math.abs(this.passes.values[weight]);
      if (size < Infinity) most.set(layer, Math.max(most.get(layer) ?? 0, size));
    }
    return most;
  }

  paintEdge({ path, edge, layer, weight }, look, most) {
    if (weight !== undefined) {
      const share = Math.min(1, Math.abs(this.passes.values[weight]) / most.get(layer)) || 0;
      path.setAttribute("stroke-width", (0.7 + 2.4 * share).toFixed(2));
    }
    if (edge === undefined) return;
    const current = look.current.edges.includes(edge) || (weight !== undefined && look.current.edges.some((each) => this.data.edges[each].from === weight));
    path.classList.toggle("current", current);
    path.classList.toggle("against", current && look.current.backward);
    path.classList.toggle("waiting", !look.state.computed.has(this.data.edges[edge].to));
    path.classList.toggle("on", look.onPath.edges.has(edge) || weight === look.chosen);
  }
}

// -- where rows stand -------------------------------------------------------------------------------------------------

const coordinate = (part, name) => Number(part.getAttribute(name));

// The texts beside a number, on its line.
function rowOf(text) {
  return [...text.parentNode.children].filter((each) => each.tagName === "text" && each.getAttribute("y") === text.getAttribute("y"));
}

function boundsOfTexts(texts) {
  const xs = texts.map((text) => coordinate(text, "x"));
  const size = coordinate(texts[0], "font-size");
  const ys = texts.map((text) => coordinate(text, "y"));
  const left = texts.some((text) => text.getAttribute("text-anchor") !== "end") ? Math.min(...xs) : Math.min(...xs) - 4 * size;
  return [left - 4, Math.min(...ys) - 1.1 * size, Math.max(...xs) + 4, Math.max(...ys) + 0.4 * size];
}

function boundsOfCells(cells) {
  const sides = cells.filter((cell) => cell.tagName === "rect").map((cell) => ["x", "y", "width", "height"].map((name) => coordinate(cell, name)));
  return [
    Math.min(...sides.map(([x]) => x)), Math.min(...sides.map(([, y]) => y)),
    Math.max(...sides.map(([x, , width]) => x + width)), Math.max(...sides.map(([, y, , height]) => y + height)),
  ];
}
