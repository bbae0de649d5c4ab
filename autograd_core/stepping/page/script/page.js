// The page: its modes on one drawing, what is known at the moment, and who is told of what.

const MODES = ["steps", "explore", "practice"];
const HINTS = {
  steps: "← and → step, Home and End jump, the space bar plays. Click a node to look into it, or reach the drawing with Tab, walk with ↑ and ↓, and press Enter.",
  explore: "Drag a dotted number sideways, or choose it and type; Shift: finer. With the keys: ↑ and ↓ walk through the nodes, ← and → change a number, Enter goes to its field, Esc takes the last change back. ▲ and ▼ say that a number rose or fell: a negative number that falls grows in size.",
  practice: "Find the gradients, from the root back to the inputs. Right is what lies within 1 %, or comes of the digits shown. ✓ first try, ○ later, · shown.",
};

class Page {
  constructor(host) {
    this.host = host;
    this.data = JSON.parse(host.querySelector("script").textContent);
    for (const table of ["nodes", "edges", "steps"]) if (this.data[table]) this.data[table] = records(this.data[table]);
    this.root = host.attachShadow({ mode: "open" });
    this.root.innerHTML = this.data.markup;
    this.app = this.find(".stepper");
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.find(".title").append(this.heading(1, this.data.title));
    this.passes = this.data.note ? null : new Passes(this.data);
    this.names = this.passes ? new Names(this.passes) : null;
    this.chosen = null;
    this.step = 0;
    this.mode = "steps";
    this.showDrawing(host.querySelector("img").src);
    this.nodePanel = new NodePanel(this);
    this.stepPanel = new StepPanel(this);
    this.player = new Player(this);
    if (this.passes) this.prepareModes();
    else for (const each of [".modes", ".reset", ".why"]) this.find(each).hidden = true;
    this.planSteps();
    new Listener(this);
    this.setMode(this.passes ? this.data.mode ?? "steps" : "steps");
    this.readAddress();
    if (!this.data.wholePage) fitFrame(host);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  // A heading of the page's own outline: in a page of its own the title is its first.
  heading(level, text) {
    return element(`h${level + (this.data.wholePage ? 0 : 1)}`, { class: `heading-${level}` }, text);
  }

  kindChip(kind) {
    const { name, symbol, color } = this.data.kinds[kind];
    return element("span", { class: "kind", "--kind": color }, element("b", {}, symbol), ` ${name}`);
  }

  prepareModes() {
    this.marks = new Marks(() => this.markedNumbers());
    this.explore = new Explore(this);
    this.practice = new Practice(this);
    this.orderPanel = new OrderPanel(this);
  }

  showDrawing(address) {
    const box = this.find(".drawing");
    box.innerHTML = decodeURIComponent(address.slice(address.indexOf(",") + 1));
    const svg = box.querySelector("svg");
    svg.querySelector("style").remove(); // its theme; here the page around it sets it
    this.view = svg.matches(".network") ? new NetworkView(svg, this.data, this.passes) : new ExpressionView(svg, this.data, this.passes);
    this.viewport = new Viewport(box, svg, this.calm);
    this.collapsed = new Set(); // nodes of the drawing of every node whose own operands are hidden
    if (svg.matches(".network")) this.folds = new NetworkFolds(svg, () => this.viewport.measure());
    this.view.targets()[0][1].setAttribute("tabindex", "0");
  }

  // -- modes and steps ------------------------------------------------------------------------------------------------

  setMode(mode) {
    this.mode = mode;
    this.player.pause();
    this.explore?.stop();
    this.marks?.clear();
    for (const button of this.root.querySelectorAll("[data-to]")) button.setAttribute("aria-pressed", button.dataset.to === mode);
    for (const part of this.root.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== mode;
    this.app.dataset.mode = mode;
    this.find(".hint").textContent = HINTS[mode];
    if (mode === "explore") this.explore.start();
    if (mode === "practice") this.chosen = null;
    if (mode === "steps") this.show(this.step);
    else this.paint();
    if (mode === "practice" && this.practice.asked !== null) this.bringIntoView([this.practice.asked]);
    if (mode === "explore" && this.chosen !== null) this.bringIntoView([this.chosen]);
    this.writeAddress();
  }

  get last() {
    return this.steps.length - 1;
  }

  planSteps() {
    const plan = this.passes ? stepsOf(this.passes, this.names) : stepsOfBoxes(this.data);
    this.steps = plan.steps;
    this.backwardFrom = plan.backwardFrom;
    this.step = Math.min(this.step, this.last);
    this.player.planned();
  }

  show(step) {
    this.step = Math.max(0, Math.min(this.last, step));
    this.paint();
    this.player.shown();
    this.bringIntoView(this.now.nodes);
    if (this.step === this.last) this.player.pause();
    this.writeAddress();
  }

  get now() {
    return this.mode === "steps" ? this.steps[this.step] : { nodes: [], edges: [], grads: [], computed: [], backward: false };
  }

  // -- what is known --------------------------------------------------------------------------------------------------

  get unknown() {
    return this.mode === "practice" ? "?" : "not yet";
  }

  knowledge() {
    if (this.mode === "steps") return stateAfter(this.steps, this.step, this.data.nodes);
    const { passes, practice } = this;
    const all = passes.nodes.map((_, node) => node);
    const known = all.filter((node) => passes.hasGradient(node) && (this.mode === "explore" || practice.knows(node)));
    const gradients = new Map(known.map((node) => [node, { text: shown(passes.gradients[node]), exact: exact(passes.gradients[node]) }]));
    return { computed: new Set(all), gradients, complete: new Set(known), passed: new Set(passes.edges.keys()) };
  }

  knowsLocal(edge) {
    return this.state.computed.has(this.data.edges[edge].to) && !(this.mode === "practice" && this.practice.hides(edge));
  }

  // A path's product is known once its gradient has come all the way.
  knowsPath(node, edges) {
    if (this.mode === "explore") return true;
    if (this.mode === "steps") return edges.every((edge) => this.state.passed.has(edge) || this.passes.locals[edge] === null || this.isPast(edge));
    return this.state.complete.has(node) && edges.every((edge) => this.state.complete.has(this.data.edges[edge].to));
  }

  // Whether the backward pass has done with an edge without passing anything along it.
  isPast(edge) {
    const { to, from } = this.data.edges[edge];
    return this.state.complete.has(to) && this.passes.gradients[to] === 0 && this.state.complete.has(from);
  }

  value(node) {
    if (!this.state.computed.has(node)) return this.mode === "steps" ? "?" : this.unknown;
    return this.passes ? shown(this.passes.values[node]) : this.data.nodes[node].value;
  }

  gradientInWords(node) {
    const known = this.state.gradients.get(node);
    if (!known) return this.unknown;
    return this.state.complete.has(node) ? known.text : `${known.text} so far`;
  }

  nodeLabel(node) {
    const { members, constant, name, role } = this.data.nodes[node];
    if (members) return `${name}, ${members}`;
    const value = this.state.computed.has(node) ? this.value(node) : "not computed yet";
    if (constant) return role ? `${this.names.of(node)}, value ${value}` : `constant ${name}`;
    return `${name}, value ${value}, gradient ${this.gradientInWords(node)}`;
  }

  // -- painting -------------------------------------------------------------------------------------------------------

  paint() {
    this.state = this.knowledge();
    const onPath = this.passes && this.chosen !== null ? onTheWay(this.passes, this.chosen) : { nodes: new Set(), edges: new Set() };
    this.find(".drawing").classList.toggle("choosing", onPath.edges.size > 0);
    this.view.paint(this.look(onPath));
    if (this.mode === "steps") this.paintSteps();
    if (this.mode === "explore") this.explore.paint();
    if (this.mode === "practice") this.practice.paint();
    if (this.passes) this.find(".not-finite").textContent = this.notFinite();
    this.find(".reset").disabled = !this.passes?.changes().length;
  }

  // What is said of the present numbers, in place of the drawing's note on those that were recorded.
  notFinite() {
    const { passes, names } = this;
    const loud = passes.nodes.filter((_, node) => passes.loudness(node)).length;
    if (!loud) return "";
    const first = passes.firstLoud();
    const called = first === undefined ? "" : `, first in ${passes.nodes[first].constant ? "a constant" : names.of(first)}`;
    return `nan or inf in ${loud} of ${passes.nodes.length} nodes${called}`;
  }

  look(onPath) {
    const { passes, data, mode } = this;
    return {
      state: this.state,
      current: this.now,
      chosen: this.chosen,
      asked: mode === "practice" ? this.practice.asked : null,
      showsBadges: mode === "steps",
      onPath,
      collapsed: this.collapsed,
      hidden: new Set([...this.collapsed].flatMap((node) => [...onlyFor(passes, node)])),
      unknown: this.unknown,
      knowsLocal: (edge) => this.knowsLocal(edge),
      live: new Set(mode === "explore" ? passes.changeable : []),
      label: (node) => this.nodeLabel(node),
      value: (node) => this.value(node),
      gradient: (node) => this.gradientText(node),
      exactValue: (node) => (passes ? exact(passes.values[node]) : data.nodes[node].exact),
      local: (edge) => this.localText(edge),
    };
  }

  gradientText(node) {
    const known = this.state.gradients.get(node);
    if (!known) return this.mode === "practice" ? "grad ?" : "not yet";
    return this.state.complete.has(node) ? `grad ${known.text}` : `${known.text} so far`;
  }

  localText(edge) {
    if (!this.passes) return undefined;
    const local = this.passes.locals[edge];
    if (local === null) return "";
    const { symbol } = this.data.kinds[this.data.edges[edge].kind];
    return `${symbol} ${this.knowsLocal(edge) || this.mode === "steps" ? shown(local) : "?"}`;
  }

  paintSteps() {
    this.find(".step").replaceChildren(...this.stepPanel.texts());
    const details = this.find(".details");
    details.hidden = this.chosen === null;
    if (this.chosen !== null) {
      const close = element("button", { type: "button", class: "close", "data-do": "close", "aria-label": "Close" }, "×");
      const name = this.names ? this.names.of(this.chosen) : this.data.nodes[this.chosen].name;
      details.replaceChildren(close, this.heading(2, name), ...this.nodePanel.texts(this.chosen));
    }
    const order = this.find(".order");
    if (!order.hidden) order.replaceChildren(...this.orderPanel.texts());
  }

  // -- changes --------------------------------------------------------------------------------------------------------

  // All follows from the numbers: steps, texts, drawing, address.
  numbersChanged(isMarked, say) {
    this.planSteps();
    this.practice.restart();
    this.paint();
    const onlyValues = this.find(".values-only").checked;
    this.marks.show((number) => isMarked(number) && (!onlyValues || number.what === "value"));
    this.find(".announcer").textContent = `${say}, ${this.names.of(this.passes.root)} ${shown(this.passes.values[this.passes.root])}`;
    this.writeAddress();
  }

  markedNumbers() {
    const { passes } = this;
    const number = {
      value: ({ node }) => passes.values[node],
      gradient: ({ node }) => passes.gradients[node],
      local: ({ edge }) => passes.locals[edge],
      slope: ({ start, node }) => slopeBetween(passes, start, node),
      contribution: ({ edge }) => passes.gradients[passes.edges[edge].to] * (passes.locals[edge] ?? 0),
    };
    return this.view.numbers().map((each) => ({ ...each, number: number[each.what](each) }));
  }

  writeAddress() {
    if (!this.data.wholePage || !this.passes || !this.isReady) return;
    const address = addressOf(this.passes, this.names, this);
    history.replaceState(null, "", address ? `#${address}` : location.pathname + location.search);
  }

  // Numbers, mode and step as the address asks for; in a notebook the address is not the page's own.
  readAddress() {
    this.isReady = true;
    if (!this.passes) return this.noteMissingModes();
    if (!this.data.wholePage) return;
    const asked = readAddress(location.hash, this.passes, this.names, MODES);
    this.passes.reset();
    if (asked.changes.length) this.passes.set(asked.changes);
    this.explore.losses = [{ loss: this.passes.values[this.passes.root] }];
    this.planSteps();
    this.practice.restart();
    this.step = Math.min(this.last, asked.step ?? this.step);
    this.setMode(asked.mode ?? (asked.step === undefined ? this.mode : "steps"));
    const [unknown, refused] = [asked.unknown, asked.refused].map((list) => list.map((name) => `“${name}”`).join(", "));
    const notes = [];
    if (unknown) notes.push(`The address names ${unknown}, which this page has no number for.`);
    if (refused) notes.push(`What the address gives for ${refused} is not a finite number.`);
    this.find(".note").textContent = notes.join(" ");
  }

  // Where the drawing puts nodes together there are only steps: what else is asked for is on another page.
  noteMissingModes() {
    const asked = [this.data.mode, ...(this.data.wholePage ? location.hash.slice(1).split("&") : [])];
    if (!asked.some((each) => each === "explore" || each === "practice")) return;
    const option = this.data.isNetwork ? 'view="network"' : "a larger max_nodes";
    this.find(".note").textContent = `This page has only steps, as its drawing puts nodes together. To explore and practise, make it by stepper() with ${option}.`;
  }

  // -- choosing -------------------------------------------------------------------------------------------------------

  choose(node) {
    this.chosen = node;
    this.paint();
    if (node === null) return;
    this.moveTabStop(node);
    this.bringIntoView([node]);
  }

  toggle(node) {
    this.choose(node === this.chosen && this.mode !== "explore" ? null : node);
  }

  // Hide what only this node is computed from, or show it again.
  fold(node) {
    if (!this.collapsed.delete(node)) this.collapsed.add(node);
    this.paint();
  }

  close() {
    const target = this.chosen === null ? null : this.view.targetOf(this.chosen);
    this.choose(null);
    target?.focus();
  }

  moveTabStop(node) {
    for (const [, target] of this.view.targets()) target.setAttribute("tabindex", "-1");
    this.view.targetOf(node)?.setAttribute("tabindex", "0");
  }

  // The next node that can be chosen, or the one before.
  walk(node, by) {
    const nodes = this.view.targets().map(([each]) => each);
    const next = nodes[nodes.indexOf(node) + by];
    if (next === undefined) return;
    this.moveTabStop(next);
    this.view.targetOf(next).focus({ preventScroll: true });
    if (this.mode === "explore") this.choose(next);
    else this.bringIntoView([next]);
  }

  bringIntoView(nodes) {
    this.viewport.bringIntoView(nodes.map((node) => this.view.targetOf(node)).filter(Boolean), Boolean(this.player.timer));
  }
}
