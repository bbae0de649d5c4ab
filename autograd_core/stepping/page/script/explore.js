// Exploring: other numbers for the leaves, and what comes of them.

const DRAG_STARTS = 4; // pixels
const WINDOW = 2.5; // of the plot, to each side, for numbers up to 3
const RECENTRE = 2.2; // how far the dot may go from the middle before the window follows

class Explore {
  constructor(page) {
    this.page = page;
    this.undo = [];
    this.losses = [{ loss: page.passes.values[page.passes.root] }];
    this.before = null; // the leaves before the change that is going on
    this.middle = null;
    this.find = (selector) => page.find(`[data-for="explore"] ${selector}`);
    page.chosen ??= null;
    this.listen();
  }

  get passes() {
    return this.page.passes;
  }

  get leaf() {
    return this.passes.changeable.includes(this.page.chosen) ? this.page.chosen : null;
  }

  start() {
    if (this.page.chosen === null) this.page.chosen = this.passes.moving()[0] ?? this.passes.changeable[0] ?? this.passes.root;
  }

  // -- changes --------------------------------------------------------------------------------------------------------

  // How far a leaf's slider reaches: it grows with the number, and with it the step of a drag.
  reach(leaf) {
    const size = Math.max(Math.abs(this.passes.values[leaf]), Math.abs(this.passes.recorded.values[leaf]));
    let reach = 3;
    while (size > reach && reach < 1e300) reach *= 10;
    return reach;
  }

  rounded(leaf, number) {
    const decimals = Math.max(0, 4 - Math.round(Math.log10(this.reach(leaf) / 3)));
    return Number(number.toFixed(Math.min(decimals, 100)));
  }

  set(leaf, number, { isNew = true } = {}) {
    if (Number.isNaN(number)) return;
    if (isNew) this.begin();
    this.passes.set([[leaf, number]]);
    this.noteLoss(false, isNew);
    this.page.numbersChanged(() => true, `${this.page.names.of(leaf)} is ${shown(number)}`);
  }

  nudge(leaf, by, options) {
    this.set(leaf, this.rounded(leaf, this.passes.values[leaf] + (by * this.reach(leaf)) / 3), options);
  }

  // Remember how things were, to take this change back and to mark what it changes.
  begin() {
    this.before = [...this.passes.values];
    this.undo.push(this.before);
    this.page.marks.remember();
  }

  takeBack() {
    const before = this.undo.pop();
    if (!before) return;
    this.page.marks.remember();
    this.passes.set(this.passes.changeable.map((leaf) => [leaf, before[leaf]]));
    this.before = null;
    this.noteLoss(false, true);
    this.page.numbersChanged(() => true, "Taken back");
  }

  reset() {
    this.begin();
    this.passes.reset();
    this.losses = [{ loss: this.passes.values[this.passes.root] }];
    this.middle = null;
    this.page.numbersChanged(() => true, "All numbers are as they were recorded");
  }

  // -- learning -------------------------------------------------------------------------------------------------------

  noteLoss(isStep, isNew) {
    const loss = this.passes.values[this.passes.root];
    if (!isStep && !isNew && !this.losses.at(-1).isStep && this.losses.length > 1) this.losses.pop(); // one drag is one change
    this.losses.push({ loss, isStep });
  }

  descend() {
    const rate = typedNumber(this.find(".rate").value);
    this.find(".rate").setAttribute("aria-invalid", Number.isNaN(rate));
    if (Number.isNaN(rate)) return this.stop();
    this.begin();
    this.passes.descend(rate);
    this.noteLoss(true, true);
    const moved = new Set([...this.passes.moving(), this.passes.root]); // all else changes, too, and would hide them
    this.page.numbersChanged(({ node, what }) => what === "value" && moved.has(node), `${this.page.names.of(this.passes.root)} ${shown(this.losses.at(-1).loss)}`);
    if (!Number.isFinite(this.losses.at(-1).loss) || this.losses.length > 1000) this.stop();
  }

  learn() {
    if (this.timer) return this.stop();
    this.timer = setInterval(() => (this.page.app.isConnected ? this.descend() : this.stop()), 200);
    return this.showLearning();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.showLearning();
  }

  showLearning() {
    this.find('[data-do="learn"]').textContent = this.timer ? "Pause" : "Play";
  }

  // -- what is shown --------------------------------------------------------------------------------------------------

  paint() {
    const { page, leaf } = this;
    const node = page.chosen;
    this.find(".number .heading").replaceChildren(page.heading(2, node === null ? "Choose a number" : this.title(node)));
    this.find(".number > .field").hidden = leaf === null;
    this.find(".number .about").replaceChildren(...(node === null ? [] : page.nodePanel.texts(node, this.leaf === null)));
    this.find(".complaint").textContent = this.passes.functions ? "" : page.data.still;
    this.find(".pair").replaceChildren(...(node === null ? [] : this.pair(node)));
    if (leaf !== null) this.paintField(leaf);
    this.paintPlot(leaf);
    this.paintLearning();
  }

  title(node) {
    const roles = { parameter: "Parameter", input: "Input", target: "Target" };
    return `${roles[this.page.data.nodes[node].role] ?? "Computed:"} ${this.page.names.of(node)}`;
  }

  paintField(leaf) {
    const number = this.passes.values[leaf];
    const field = this.find(".value-field");
    if (this.page.root.activeElement !== field || typedNumber(field.value) !== number) field.value = typed(number);
    field.removeAttribute("aria-invalid");
    field.setAttribute("aria-label", `Value of ${this.page.names.of(leaf)}`);
    const slider = this.find(".value-slider");
    const reach = this.reach(leaf);
    if (!this.isSliding || Number(slider.max) < reach) Object.assign(slider, { min: -reach, max: reach, step: reach / 300 });
    slider.value = number;
    slider.setAttribute("aria-label", `Slide ${this.page.names.of(leaf)}`);
  }

  pair(node) {
    const { passes, names } = this.page;
    const root = passes.values[passes.root];
    const was = this.before && this.wasRoot();
    const change = was !== null && was !== undefined && shown(was) !== shown(root) ? ` ${root > was ? "▲" : "▼"} was ${shown(was)}` : "";
    const terms = [[shown(root), `${names.of(passes.root)}${change}`]];
    if (passes.hasGradient(node)) terms.unshift([shown(passes.gradients[node]), names.gradient(node)]);
    return terms.map(([number, caption]) => element("div", { class: "quantity" }, element("b", {}, number), element("small", {}, caption)));
  }

  wasRoot() {
    return this.before[this.passes.root];
  }

  paintPlot(leaf) {
    const { passes, names, heading } = this.page;
    const root = names.of(passes.root);
    const title = leaf === null ? "What if" : `What if ${names.of(leaf)} were …`;
    this.find(".whatif .heading").replaceChildren(this.page.heading(2, title));
    this.find(".whatif .field").hidden = leaf === null;
    if (leaf === null) {
      this.find(".plot").replaceChildren();
      this.find(".wiggle").textContent = passes.functions ? "This number is computed. Choose one that it is computed from, to change it." : "";
      return;
    }
    const [now, loss, slope] = [passes.values[leaf], passes.values[passes.root], passes.gradients[leaf]];
    const scale = this.reach(leaf) / 3;
    if (this.middle === null || this.middleOf !== leaf || Math.abs(now - this.middle) > RECENTRE * scale) this.middle = now;
    this.middleOf = leaf;
    const points = Array.from({ length: POINTS + 1 }, (_, index) => {
      const number = this.middle + WINDOW * scale * ((2 * index) / POINTS - 1);
      return [number, passes.rootAt(leaf, number)];
    });
    const was = this.before && this.before[leaf] !== now && this.losses.at(-1).isStep !== true ? [this.before[leaf], passes.rootAt(leaf, this.before[leaf])] : null;
    const hasSlope = passes.hasGradient(leaf);
    const plot = lossPlot({ name: names.of(leaf), root, points, now: [now, loss], slope: hasSlope ? slope : NaN, was, reach: 1.1 * scale });
    this.find(".plot").replaceChildren(plot);
    this.paintWiggle(leaf);
  }

  paintWiggle(leaf) {
    const { passes, names } = this.page;
    const field = this.find(".epsilon");
    const epsilon = typedNumber(field.value);
    field.setAttribute("aria-invalid", !epsilon);
    if (!epsilon) {
      this.find(".wiggle").textContent = "Write a number other than 0, such as 0.01.";
      return;
    }
    const change = passes.rootAt(leaf, passes.values[leaf] + epsilon) - passes.values[passes.root];
    const root = names.of(passes.root);
    const quotient = `Δ${names.word(passes.root)}/ε = ${shown(change)}/${shown(epsilon)} = ${shown(change / epsilon)}`;
    const beside = passes.hasGradient(leaf) ? `; the gradient is ${shown(passes.gradients[leaf])}` : "; a constant gets no gradient";
    this.find(".wiggle").textContent = `With ${names.of(leaf)} changed by ${shown(epsilon)}, ${root} changes by ${shown(change)}: ${quotient}${beside}.`;
  }

  paintLearning() {
    const { passes, names } = this.page;
    this.find(".learn .heading").replaceChildren(this.page.heading(2, "Learn"));
    for (const button of this.page.root.querySelectorAll('[data-do="descend"], [data-do="learn"]')) button.disabled = !passes.functions;
    this.find(".history").replaceChildren(learningCurve(names.of(passes.root), this.losses));
    const start = this.losses.findLastIndex(({ isStep }) => !isStep); // a change in between starts anew
    const steps = this.losses.length - 1 - start;
    const moving = passes.moving();
    const which = moving.length && passes.nodes[moving[0]].role === "parameter" ? "parameter" : "leaf";
    const rule = `A step moves each ${which} by −rate × its gradient${which === "parameter" ? "; inputs and targets stay" : ""}.`;
    this.find(".learned").textContent = steps ? `${steps} step${steps > 1 ? "s" : ""}: ${shown(this.losses[start].loss)} → ${shown(this.losses.at(-1).loss)}. ${rule}` : rule;
  }

  // -- events ---------------------------------------------------------------------------------------------------------

  listen() {
    const field = this.find(".value-field");
    field.addEventListener("input", () => this.onTyped(field));
    field.addEventListener("change", () => this.onTyped(field, true));
    const slider = this.find(".value-slider");
    slider.addEventListener("input", () => {
      const isNew = !this.isSliding;
      this.isSliding = true;
      if (this.leaf !== null) this.set(this.leaf, Number(slider.value), { isNew });
    });
    slider.addEventListener("change", () => {
      this.isSliding = false;
      this.paint();
    });
    this.find(".epsilon").addEventListener("input", () => this.leaf !== null && this.paintWiggle(this.leaf));
    this.page.find(".drawing").addEventListener("pointerdown", (event) => this.onPress(event));
  }

  onTyped(field, isDone = false) {
    const number = typedNumber(field.value);
    const isNumber = !Number.isNaN(number);
    field.setAttribute("aria-invalid", !isNumber);
    this.find(".complaint").textContent = isNumber || !isDone ? "" : `${field.value.trim() || "Nothing"} is not a number: write one such as -0.25.`;
    if (isNumber && this.leaf !== null && !Object.is(number, this.passes.values[this.leaf])) this.set(this.leaf, number);
  }

  // A drag on a number changes it, 0.01 a pixel for numbers up to 3, with Shift 0.001. A finger scrolls instead.
  onPress(event) {
    const group = event.target.closest("[data-node]");
    if (!group || this.page.mode !== "explore" || event.button !== 0 || event.pointerType === "touch") return;
    const leaf = Number(group.dataset.node);
    if (!this.passes.changeable.includes(leaf)) return;
    const start = { x: event.clientX, number: this.passes.values[leaf], reach: this.reach(leaf), isMoved: false };
    const move = (moved) => {
      const by = moved.clientX - start.x;
      if (!start.isMoved && Math.abs(by) < DRAG_STARTS) return;
      if (!start.isMoved) this.page.choose(leaf);
      const number = start.number + (by * (moved.shiftKey ? 0.1 : 1) * start.reach) / 300;
      this.set(leaf, this.rounded(leaf, number), { isNew: !start.isMoved });
      start.isMoved = true;
      this.page.wasDragged = true;
    };
    const stop = () => window.removeEventListener("pointermove", move);
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop, { once: true });
    event.preventDefault();
  }
}
