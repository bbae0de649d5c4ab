// The drawing that shows every node, as Graphviz laid it out: its numbers, and the state of its nodes and edges.

class ExpressionView {
  constructor(svg, data, passes) {
    Object.assign(this, { data, passes, numberText: shown });
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", "The graph");
    const group = new Map([...svg.querySelectorAll(".node, .edge")].map((found) => [found.id, found]));
    this.nodes = data.nodes.map((node, index) => this.prepareNode(group.get(`n${index}`), node, index));
    this.edges = data.edges.map((edge) => this.prepareEdge(group.get(edge.id), edge));
    for (const [id, found] of group) found.id = `drawn-${id}`;
    if (passes) this.prepareLoudness(svg);
  }

  // What can be chosen, in the order in which the keys walk through it.
  targets() {
    return this.nodes.map(({ target }, node) => [node, target]).filter(([, target]) => !target.closest(".gone"));
  }

  targetOf(node) {
    return this.nodes[node].target;
  }

  // A node's last line is its gradient; the line before, where it is drawn by itself, its value.
  prepareNode(group, node, index) {
    const frame = group.querySelector("rect");
    const [x, y, width, height] = ["x", "y", "width", "height"].map((side) => Number(frame.getAttribute(side)));
    const texts = [...group.querySelectorAll("text")];
    const gradient = node.constant ? null : texts.pop();
    const value = node.members ? null : texts.pop();
    const isAlone = (text) => texts.every((other) => other === text || other.getAttribute("y") !== text.getAttribute("y"));
    const room = value && !isAlone(value) ? x + width - Number(value.getAttribute("x")) : width;
    for (const text of [gradient, value]) {
      if (!text || !isAlone(text)) continue;
      text.setAttribute("x", x + width / 2);
      text.style.textAnchor = "middle";
    }
    gradient?.classList.add("gradient");
    value?.classList.add("value");
    group.prepend(drawn("rect", { class: "halo", x: x - 4, y: y - 4, width: width + 8, height: height + 8, rx: 9 }));
    const badge = drawn("g", { class: "badge", transform: `translate(${x + width} ${y})` });
    badge.append(drawn("circle", { r: 6 }), drawn("path", { d: "M-2.8 0.2l2 2.2l3.6 -4.2" }));
    group.append(badge);
    group.dataset.node = index;
    const target = drawn("rect", { class: "target", x, y, width, height, rx: 4, role: "button", tabindex: -1 });
    group.append(target);
    return { group, target, gradient, value, width, room };
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
    return { group, turned, path, label: group.querySelector("text") };
  }

  // Nodes and edges are drawn with nan and inf marked as they were recorded, and a note of it: the page says it itself.
  prepareLoudness(svg) {
    const { data, passes } = this;
    this.drawnLoud = { nodes: data.nodes.map((_, node) => passes.loudness(node)), edges: data.edges.map((_, edge) => passes.isLoudEdge(edge)) };
    const lines = [...svg.querySelectorAll(".graph > text")];
    const note = lines.find((line) => line.textContent.startsWith("nan or inf in "));
    for (const line of lines) if (note && line.getAttribute("class") === note.getAttribute("class")) line.remove();
    this.nodes.forEach(({ group }, node) => {
      const { constant, formula, role } = data.nodes[node];
      group.classList.add(constant ? "of-constant" : formula ? "of-operation" : role === "parameter" ? "of-parameter" : "of-leaf");
      group.classList.toggle("of-root", node === passes.root);
    });
    this.edges.forEach(({ group }, edge) => group.style.setProperty("--kind", data.kinds[data.edges[edge].kind].color));
  }

  // Other numbers are marked otherwise than they were drawn.
  paintLoudness(group, drawnLoud, loud, levels) {
    for (const level of levels) group.classList.toggle(`now-${level === true ? "loud" : level || "calm"}`, loud === level && loud !== drawnLoud);
  }

  // The numbers that are drawn: where each stands, what it is, and of which node or edge.
  numbers() {
    const ofNodes = this.nodes.flatMap(({ value, gradient }, node) => [
      ...(value ? [{ text: value, what: "value", node }] : []),
      ...(gradient ? [{ text: gradient, what: "gradient", node }] : []),
    ]);
    const ofEdges = this.edges.flatMap(({ label }, edge) => (label ? [{ text: label, what: "local", edge }] : []));
    return [...ofNodes, ...ofEdges];
  }

  paint(look) {
    this.nodes.forEach((_, index) => this.paintNode(index, look));
    this.edges.forEach((_, index) => this.paintEdge(index, look));
  }

  paintNode(index, look) {
    const { group, target, gradient, value, width, room } = this.nodes[index];
    const { state } = look;
    const known = state.gradients.get(index);
    const computed = state.computed.has(index);
    group.classList.toggle("waiting", !computed);
    group.classList.toggle("pending", !known);
    group.classList.toggle("complete", look.showsBadges && state.complete.has(index));
    group.classList.toggle("current", look.current.nodes.includes(index));
    group.classList.toggle("chosen", index === look.chosen);
    group.classList.toggle("asked", index === look.asked);
    group.classList.toggle("path", look.onPath.nodes.has(index));
    group.classList.toggle("live", look.live.has(index));
    group.classList.toggle("collapsed", look.collapsed.has(index));
    group.classList.toggle("gone", look.hidden.has(index));
    target.setAttribute("aria-pressed", index === look.chosen);
    target.setAttribute("aria-label", look.label(index));
    if (this.passes) this.paintLoudness(group, this.drawnLoud.nodes[index], this.passes.loudness(index), ["value", "gradient", ""]);
    this.write(value, look.value(index), room);
    this.write(gradient, look.gradient(index), width);
    if (known?.exact) group.dataset.grad = known.exact;
    else delete group.dataset.grad;
    if (computed && look.exactValue(index)) group.dataset.value = look.exactValue(index);
    else delete group.dataset.value;
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

  paintEdge(index, look) {
    const drawnEdge = this.edges[index];
    const { group, turned } = drawnEdge;
    const current = look.current.edges.includes(index);
    group.classList.toggle("waiting", !look.state.computed.has(this.data.edges[index].to));
    group.classList.toggle("ahead", look.current.backward && !look.state.passed.has(index));
    group.classList.toggle("gone", [this.data.edges[index].from, this.data.edges[index].to].some((end) => look.hidden.has(end)));
    group.classList.toggle("current", current);
    group.classList.toggle("against", current && look.current.backward !== turned);
    group.classList.toggle("path", look.onPath.edges.has(index));
    const local = look.local(index);
    if (local === undefined) return;
    this.paintLoudness(group, this.drawnLoud.edges[index], this.passes.isLoudEdge(index), [true, false]);
    group.classList.toggle("closed", local === "");
    if (local && !drawnEdge.label && this.data.edges[index].local === undefined) this.addLabel(drawnEdge);
    if (drawnEdge.label) drawnEdge.label.textContent = local;
  }

  // An edge that lets nothing pass has no label until other numbers open it.
  addLabel(edge) {
    const middle = edge.path.getPointAtLength(edge.path.getTotalLength() / 2);
    edge.label = drawn("text", { x: middle.x, y: middle.y, class: "added" });
    edge.group.append(edge.label);
  }
}
