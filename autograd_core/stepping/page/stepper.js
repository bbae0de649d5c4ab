(() => {
  "use strict";

  const PLAIN = "http://www.w3.org/2000/svg";
  const MOST_FACTORS = 12;

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("--")) made.style.setProperty(name, value);
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  function drawn(tag, attributes) {
    const made = document.createElementNS(PLAIN, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  function withoutMiddle(texts) {
    const half = MOST_FACTORS / 2;
    return texts.length <= MOST_FACTORS ? texts : [...texts.slice(0, half), "…", ...texts.slice(-half)];
  }

  // The page's data come as tables, with null where a record has no such field.
  function records({ keys, rows }) {
    return rows.map((row) => Object.fromEntries(keys.map((key, index) => [key, row[index] ?? undefined])));
  }

  const signed = (number) => (number.startsWith("-") ? `(${number})` : number);

  class Stepper {
    constructor(host) {
      this.data = JSON.parse(host.querySelector("script").textContent);
      for (const table of ["nodes", "edges", "steps"]) this.data[table] = records(this.data[table]);
      this.root = host.attachShadow({ mode: "open" });
      this.root.innerHTML = this.data.markup;
      this.app = this.find(".stepper");
      this.app.setAttribute("aria-label", this.data.title);
      this.find(".title").textContent = this.data.title;
      this.calm = matchMedia("(prefers-reduced-motion: reduce)");
      this.step = 0;
      this.chosen = null;
      this.timer = null;
      this.completeSteps();
      this.showDrawing(host.querySelector("img").src);
      this.listen();
      this.show(0);
    }

    find(selector) {
      return this.root.querySelector(selector);
    }

    get last() {
      return this.data.steps.length - 1;
    }

    // What the data leave out, since it follows from the rest.
    completeSteps() {
      const { nodes, edges, steps, backwardFrom } = this.data;
      steps.forEach((step, index) => {
        step.backward = index >= backwardFrom;
        step.edges ??= [];
        step.grads ??= [];
        step.complete ??= [];
        step.computed ??= [];
        step.nodes ??= step.adds ? [edges[step.edges[0]].to, edges[step.edges[0]].from] : [...step.computed];
        if (step.say) return;
        const [node] = step.computed;
        edges.forEach((edge, position) => edge.to === node && step.edges.push(position));
        const { name, formula, numbers, value } = nodes[node];
        step.say = [...new Set([name, formula, numbers, value])].join(" = ");
      });
    }

    // -- the drawing -------------------------------------------------------------------------------------------

    showDrawing(address) {
      const box = this.find(".drawing");
      box.innerHTML = decodeURIComponent(address.slice(address.indexOf(",") + 1));
      const svg = box.querySelector("svg");
      svg.querySelector("style").remove(); // its theme; here the page around it sets it
      svg.setAttribute("role", "group");
      svg.setAttribute("aria-label", "The graph");
      const group = new Map([...svg.querySelectorAll(".node, .edge")].map((found) => [found.id, found]));
      this.nodes = this.data.nodes.map((node, index) => this.prepareNode(group.get(`n${index}`), node, index));
      this.edges = this.data.edges.map((edge) => this.prepareEdge(group.get(edge.id), edge));
      for (const [id, found] of group) found.id = `drawn-${id}`;
      this.nodes[0].group.setAttribute("tabindex", "0");
    }

    // A node's last line is its gradient; the line before, where it is drawn by itself, its value.
    prepareNode(group, node, index) {
      const frame = group.querySelector("rect");
      const [x, y, width, height] = ["x", "y", "width", "height"].map((side) => Number(frame.getAttribute(side)));
      const texts = [...group.querySelectorAll("text")];
      const gradient = node.constant ? null : texts.pop();
      const value = node.members ? null : texts.pop();
      for (const text of [gradient, value]) {
        if (!text) continue;
        text.setAttribute("x", x + width / 2);
        text.style.textAnchor = "middle";
      }
      gradient?.classList.add("gradient");
      value?.classList.add("value");
      group.prepend(drawn("rect", { class: "halo", x: x - 4, y: y - 4, width: width + 8, height: height + 8, rx: 9 }));
      const badge = drawn("g", { class: "badge", transform: `translate(${x + width} ${y})` });
      badge.append(drawn("circle", { r: 6 }), drawn("path", { d: "M-2.8 0.2l2 2.2l3.6 -4.2" }));
      group.append(badge);
      group.setAttribute("role", "button");
      group.setAttribute("tabindex", "-1");
      group.dataset.node = index;
      return { group, gradient, value, width };
    }

    // Graphviz draws some edges from their other end: what flows along them must know.
    prepareEdge(group, edge) {
      const path = group.querySelector("path");
      const head = group.querySelector("polygon");
      let turned = false;
      if (path && head) {
        const [x, y] = head.getAttribute("points").split(/[ ,]/).map(Number);
        const distance = (length) => {
          const point = path.getPointAtLength(length);
          return Math.hypot(point.x - x, point.y - y);
        };
        turned = distance(0) < distance(path.getTotalLength());
      }
      return { group, turned };
    }

    // All that has happened up to a step.
    stateAt(step) {
      const state = { computed: new Set(), gradients: new Map(), complete: new Set(), passed: new Set() };
      this.data.nodes.forEach((node, index) => {
        if (node.given ?? !node.formula) state.computed.add(index);
      });
      for (const done of this.data.steps.slice(0, step + 1)) {
        for (const node of done.computed) state.computed.add(node);
        for (const [node, text, exact] of done.grads) state.gradients.set(node, { text, exact });
        for (const node of done.complete) state.complete.add(node);
        if (done.backward) for (const edge of done.edges) state.passed.add(edge);
      }
      return state;
    }

    paintNode(index) {
      const { group, gradient, value, width } = this.nodes[index];
      const node = this.data.nodes[index];
      const known = this.state.gradients.get(index);
      const complete = this.state.complete.has(index);
      const computed = this.state.computed.has(index);
      group.classList.toggle("waiting", !computed);
      group.classList.toggle("pending", !known);
      group.classList.toggle("complete", complete);
      group.classList.toggle("current", this.now.nodes.includes(index));
      group.classList.toggle("chosen", index === this.chosen);
      group.classList.toggle("path", this.onPath.nodes.has(index));
      group.setAttribute("aria-pressed", index === this.chosen);
      group.setAttribute("aria-label", this.nodeLabel(index));
      this.write(value, computed ? node.value : "?", width);
      this.write(gradient, this.gradientText(known, complete), width);
      if (known?.exact) group.dataset.grad = known.exact;
      else delete group.dataset.grad;
      if (computed && node.exact) group.dataset.value = node.exact;
      else delete group.dataset.value;
    }

    gradientText(known, complete) {
      if (!known) return "not yet";
      return complete ? `grad ${known.text}` : `${known.text} so far`;
    }

    // A text that would be wider than its node is narrowed.
    write(text, content, width) {
      if (!text || text.textContent === content) return;
      text.textContent = content;
      text.removeAttribute("textLength");
      if (text.getComputedTextLength() > width - 4) {
        text.setAttribute("textLength", width - 4);
        text.setAttribute("lengthAdjust", "spacingAndGlyphs");
      }
    }

    paintEdge(index) {
      const { group, turned } = this.edges[index];
      const backward = this.now.backward;
      const current = this.now.edges.includes(index);
      const edge = this.data.edges[index];
      group.classList.toggle("waiting", !this.state.computed.has(edge.to));
      group.classList.toggle("ahead", backward && !this.state.passed.has(index));
      group.classList.toggle("current", current);
      group.classList.toggle("against", current && backward !== turned);
      group.classList.toggle("path", this.onPath.edges.has(index));
    }

    nodeLabel(index) {
      const node = this.data.nodes[index];
      if (node.members) return `${node.name}, ${node.members}`;
      const value = this.state.computed.has(index) ? node.value : "not computed yet";
      if (node.constant) return `constant ${node.name}`;
      return `${node.name}, value ${value}, gradient ${this.gradientInWords(index)}`;
    }

    gradientInWords(index) {
      const known = this.state.gradients.get(index);
      if (!known) return "not yet";
      return this.state.complete.has(index) ? known.text : `${known.text} so far`;
    }

    // Scrolls the drawing, never the page: to all of these nodes, or to the last where they are too far apart.
    bringIntoView(indices) {
      if (!indices.length) return;
      const box = this.find(".drawing");
      const frame = box.getBoundingClientRect();
      const rectangles = indices.map((index) => this.nodes[index].group.getBoundingClientRect());
      const shift = (low, high, size) => {
        const ends = [Math.min(...rectangles.map((found) => found[low])), Math.max(...rectangles.map((found) => found[high]))];
        const [from, to] = ends[1] - ends[0] <= frame[size] ? ends : [rectangles.at(-1)[low], rectangles.at(-1)[high]];
        const visible = from >= frame[low] && to <= frame[high];
        return visible ? 0 : (from + to) / 2 - (frame[low] + frame[high]) / 2;
      };
      box.scrollBy({
        left: shift("left", "right", "width"),
        top: shift("top", "bottom", "height"),
        behavior: this.calm.matches || this.timer ? "instant" : "smooth",
      });
    }

    // -- stepping ----------------------------------------------------------------------------------------------

    show(step) {
      this.step = Math.max(0, Math.min(this.last, step));
      this.now = this.data.steps[this.step];
      this.state = this.stateAt(this.step);
      this.paint();
      const slider = this.find(".slider");
      slider.max = this.last;
      slider.value = this.step;
      slider.setAttribute("aria-valuetext", `Step ${this.step} of ${this.last}: ${this.now.say}`);
      this.find(".place").replaceChildren(element("span", { class: "long" }, "step "), `${this.step} of ${this.last}`);
      this.find(".announcer").textContent = this.now.say;
      for (const phase of ["forward", "backward"]) {
        const button = this.find(`[data-do="${phase}"]`);
        button.setAttribute("aria-current", this.now.backward === (phase === "backward"));
      }
      this.bringIntoView(this.now.nodes);
      if (this.step === this.last) this.pause();
    }

    paint() {
      this.onPath = this.pathsOf(this.chosen);
      this.find(".drawing").classList.toggle("choosing", this.onPath.edges.size > 0);
      this.nodes.forEach((_, index) => this.paintNode(index));
      this.edges.forEach((_, index) => this.paintEdge(index));
      this.find(".step").replaceChildren(...this.stepText());
      this.paintDetails();
    }

    play() {
      if (this.step === this.last) this.show(0);
      const pace = Number(this.find(".speed").value);
      this.timer = setInterval(() => (this.app.isConnected ? this.show(this.step + 1) : this.pause()), pace);
      this.showPlaying();
    }

    pause() {
      clearInterval(this.timer);
      this.timer = null;
      this.showPlaying();
    }

    showPlaying() {
      const button = this.find(".play");
      button.setAttribute("aria-label", this.timer ? "Pause" : "Play");
      button.classList.toggle("playing", this.timer !== null);
    }

    // -- what is written ---------------------------------------------------------------------------------------

    name(index) {
      return this.data.nodes[index].name;
    }

    stepText() {
      const now = this.now;
      if (now.adds) return this.edgeText();
      if (!this.data.note && now.computed.length) return this.computationText(now.computed[0]);
      const texts = [element("h3", {}, now.say)];
      if (this.step === 0) {
        if (this.data.note) texts.push(element("p", { class: "formula" }, `In this drawing ${this.data.note}: a step is all that happens in a row in one box.`));
        texts.push(element("p", { class: "formula" }, "First the forward pass computes every value, and keeps every local derivative. Then the backward pass multiplies and adds these, from the root back to the inputs."));
      }
      for (const [node] of this.data.note ? now.grads : []) {
        texts.push(element("p", { class: "formula" }, `grad of ${this.name(node)}: `, element("b", {}, this.gradientInWords(node))));
      }
      return texts;
    }

    computationText(index) {
      const node = this.data.nodes[index];
      const labelled = node.name !== node.formula;
      return [
        element("h3", {}, `Forward: ${node.name}`),
        element("p", { class: "formula" }, labelled ? `${node.name} = ${node.formula}` : node.formula),
        element("p", { class: "formula" }, `= ${node.numbers} = `, element("b", {}, node.value)),
        element("h4", {}, "Local derivatives, kept for the backward pass"),
        this.derivatives(index, false),
      ];
    }

    edgeText() {
      const [from, to] = this.now.nodes;
      const edge = this.data.edges[this.now.edges[0]];
      const kind = this.data.kinds[edge.kind];
      const upstream = this.state.gradients.get(from).text;
      const before = this.stateAt(this.step - 1).gradients.get(to)?.text ?? "0";
      const after = this.state.gradients.get(to).text;
      const contribution = this.now.adds;
      const more = this.state.complete.has(to) ? "" : "; more to come";
      return [
        element("h3", {}, `Backward: from ${this.name(from)} to ${this.name(to)}`),
        this.equation(
          ["", signed(upstream), `upstream: grad of ${this.name(from)}`],
          ["×", signed(edge.local), `${kind.symbol} ${kind.name}: ${edge.formula}`, kind.color],
          ["=", contribution, "contribution"],
        ),
        this.equation(
          ["", signed(before), `old grad of ${this.name(to)}`],
          ["+", signed(contribution), "contribution"],
          ["=", after, `new grad of ${this.name(to)}${more}`, "", "result"],
        ),
        element("p", { class: "line" }, this.now.say),
      ];
    }

    equation(...terms) {
      return element("div", { class: "equation" }, ...terms.map(([sign, number, caption, color, extra = ""]) => {
        const style = color ? { "--kind": color } : {};
        const term = element("div", { class: `term ${extra}`, ...style }, element("b", {}, number), element("small", {}, caption));
        return sign ? element("div", { class: "signed" }, element("span", { class: "sign" }, sign), term) : term;
      }));
    }

    kindChip(kind) {
      const { name, symbol, color } = this.data.kinds[kind];
      return element("span", { class: "kind", "--kind": color }, element("b", {}, symbol), ` ${name}`);
    }

    operandEdges(index) {
      return this.data.edges.filter((edge) => edge.to === index);
    }

    derivatives(index, withOperands) {
      return element("ul", { class: "derivatives" }, ...this.operandEdges(index).map((edge) => {
        const operand = this.data.nodes[edge.from];
        const parts = [];
        if (withOperands) parts.push(this.link(edge.from), element("span", { class: "formula" }, this.state.computed.has(edge.from) ? `= ${operand.value}` : "= ?"));
        if (edge.local !== undefined) parts.push(this.kindChip(edge.kind));
        parts.push(element("span", { class: edge.local === undefined ? "quiet" : "formula" }, edge.formula));
        return element("li", {}, ...parts);
      }));
    }

    link(index) {
      return element("button", { type: "button", class: "link", "data-choose": index }, this.name(index));
    }

    // -- the chosen node ---------------------------------------------------------------------------------------

    choose(index) {
      this.chosen = index;
      this.paint();
      if (index === null) return;
      this.moveTabStop(index);
      this.bringIntoView([index]);
    }

    moveTabStop(index) {
      for (const { group } of this.nodes) group.setAttribute("tabindex", "-1");
      this.nodes[index].group.setAttribute("tabindex", "0");
    }

    // The edges of a path, from the node to the root.
    edgesOfPath(part) {
      const edges = [];
      while (part >= 0) {
        edges.push(this.data.parts[part][0]);
        part = this.data.parts[part][1];
      }
      return edges;
    }

    pathsOf(index) {
      const edges = new Set();
      const nodes = new Set();
      for (const [part] of this.data.paths?.[index]?.largest ?? []) {
        for (const edge of this.edgesOfPath(part)) {
          edges.add(edge);
          nodes.add(this.data.edges[edge].from).add(this.data.edges[edge].to);
        }
      }
      return { edges, nodes };
    }

    paintDetails() {
      const details = this.find(".details");
      details.hidden = this.chosen === null;
      if (this.chosen !== null) details.replaceChildren(...this.detailsText(this.chosen));
    }

    detailsText(index) {
      const node = this.data.nodes[index];
      const texts = [
        element("button", { type: "button", class: "close", "data-do": "close", "aria-label": "Close" }, "×"),
        element("h3", {}, node.name),
      ];
      if (node.members) return [...texts, element("p", { class: "quiet" }, `${node.members}, drawn as one box.`)];
      if (node.formula) {
        const computed = this.state.computed.has(index);
        texts.push(element("p", { class: "formula" }, `= ${node.formula}`));
        if (computed) texts.push(element("p", { class: "formula" }, `= ${node.numbers} = `, element("b", {}, node.value)));
      } else {
        texts.push(element("p", { class: "formula" }, "= ", element("b", {}, node.value)));
      }
      if (node.constant) return [...texts, element("p", { class: "quiet" }, "A constant: it gets no gradient.")];
      texts.push(element("p", { class: "formula" }, "grad ", element("b", {}, this.gradientInWords(index))));
      if (node.formula && !this.data.note) {
        texts.push(element("h4", {}, "Operands and local derivatives"), this.derivatives(index, true));
      }
      return [...texts, ...this.pathsText(index)];
    }

    pathsText(index) {
      if (this.data.note) return [element("p", { class: "quiet" }, "The paths to the root lead through boxes: explain(root, node) lists them.")];
      const { count, largest } = this.data.paths[index];
      if (largest.length === 1 && largest[0][0] < 0) return [element("h4", {}, "The root itself: the derivative of a number with respect to itself is 1")];
      const some = String(largest.length) === count ? "" : `, the largest ${largest.length} of them`;
      const title = count === "1" ? "The path to the root" : `${count} paths to the root${some}`;
      return [element("h4", {}, title), element("ol", { class: "paths" }, ...largest.map(([part, product]) => {
        const edges = this.edgesOfPath(part).map((edge) => this.data.edges[edge]);
        const way = [this.name(index), ...edges.map((edge) => this.name(edge.to))];
        const factors = edges.map((edge) => signed(edge.local ?? "0"));
        return element("li", {},
          element("div", {}, withoutMiddle(way).join(" → ")),
          element("div", { class: "formula" }, `${withoutMiddle(factors).join(" × ")} = `, element("b", {}, product)));
      }))];
    }

    // -- events ------------------------------------------------------------------------------------------------

    listen() {
      this.root.addEventListener("click", (event) => this.onClick(event));
      this.find(".slider").addEventListener("input", (event) => {
        this.pause();
        this.show(Number(event.target.value));
      });
      this.find(".speed").addEventListener("change", () => {
        if (!this.timer) return;
        this.pause();
        this.play();
      });
      (this.data.wholePage ? document : this.root).addEventListener("keydown", (event) => this.onKey(event));
      const forward = this.find('[data-do="forward"]');
      const backward = this.find('[data-do="backward"]');
      forward.style.flexGrow = this.data.backwardFrom;
      backward.style.flexGrow = this.last + 1 - this.data.backwardFrom;
    }

    onClick(event) {
      const button = event.target.closest("[data-do]");
      const node = event.target.closest("[data-node]");
      const link = event.target.closest("[data-choose]");
      if (button) this.act(button.dataset.do);
      else if (link) this.choose(Number(link.dataset.choose));
      else if (node) this.toggle(Number(node.dataset.node));
    }

    toggle(index) {
      this.choose(index === this.chosen ? null : index);
    }

    act(what) {
      if (what === "play") return this.timer ? this.pause() : this.play();
      if (what === "fit") return this.fit();
      if (what === "close") return this.close();
      const targets = { first: 0, back: this.step - 1, next: this.step + 1, last: this.last, forward: 0, backward: this.data.backwardFrom };
      this.pause();
      return this.show(targets[what]);
    }

    fit() {
      const whole = this.find(".drawing").classList.toggle("whole");
      this.find(".fit").setAttribute("aria-pressed", whole);
    }

    close() {
      const group = this.nodes[this.chosen]?.group;
      this.choose(null);
      group?.focus();
    }

    onKey(event) {
      const target = event.composedPath()[0];
      if (event.altKey || event.ctrlKey || event.metaKey || target.matches?.("input, select, textarea")) return;
      const steps = { ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last" };
      const index = target.dataset?.node;
      if (event.key in steps) this.act(steps[event.key]);
      else if (event.key === "Escape" && this.chosen !== null) this.close();
      else if (index !== undefined && (event.key === "Enter" || event.key === " ")) this.toggle(Number(index));
      else if (index !== undefined && event.key === "ArrowDown") this.walk(Number(index) + 1);
      else if (index !== undefined && event.key === "ArrowUp") this.walk(Number(index) - 1);
      else if (event.key === " " && !target.matches?.("button")) this.act("play");
      else return;
      event.preventDefault();
    }

    walk(index) {
      if (index < 0 || index >= this.nodes.length) return;
      this.moveTabStop(index);
      this.nodes[index].group.focus({ preventScroll: true });
      this.bringIntoView([index]);
    }
  }

  for (const host of document.querySelectorAll("[data-ag-stepper]:not([data-ag-started])")) {
    host.setAttribute("data-ag-started", "");
    new Stepper(host);
  }
})();
