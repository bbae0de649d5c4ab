// Neurons and layers of a network collapsed and expanded: a neuron without its rows, and a layer of such, which takes less room.

class NetworkFolds {
  constructor(svg, onChange) {
    Object.assign(this, { svg, onChange, folded: new Set() });
    this.width = coordinate(svg, "width");
    this.layers = [];
    for (const group of svg.querySelectorAll(".neuron:has(> .card)")) this.addNeuron(group);
    this.loose = [...svg.querySelectorAll(".parts > text, .parts > .input, .parts > .loss, .parts > .matrix, .parts > .batch")];
    this.edges = [...svg.querySelectorAll("path.edge")].map((path) => [path, path.getAttribute("d").match(/-?[\d.]+/g).map(Number)]);
    this.layers.forEach((layer, index) => layer && this.addHeading(layer, index));
  }

  addNeuron(group) {
    const index = Number(group.dataset.layer);
    const card = group.querySelector(".card");
    const line = Number(group.querySelector(":scope > .hair").getAttribute("d").match(/M(-?[\d.]+)/)[1]);
    const layer = (this.layers[index] ??= { neurons: [], left: coordinate(card, "x"), width: coordinate(card, "width"), line, top: coordinate(card, "y") });
    layer.neurons.push(group);
    const sum = drawn("text", { class: "q summary", x: layer.left + 10, y: coordinate(card, "y") + 24, "font-size": 13 }, "s = Σ w·x + b");
    card.after(sum);
    const port = group.querySelector(".port");
    const circle = port.querySelector("circle");
    const target = drawn("circle", { class: "fold", cx: circle.getAttribute("cx"), cy: circle.getAttribute("cy"), r: 11 });
    port.append(this.button(target, () => this.toggle([group]), `neuron ${group.dataset.neuron} of layer ${index}`, [group]));
  }

  addHeading(layer, index) {
    const heading = this.loose.find((each) => each.textContent === `layer ${index}`);
    if (!heading) return;
    const [left, top, right, bottom] = [coordinate(heading, "x"), coordinate(heading, "y") - 15, coordinate(heading, "x") + 66, coordinate(heading, "y") + 6];
    const target = drawn("rect", { class: "fold", x: left - 4, y: top, width: right - left, height: bottom - top, rx: 4 });
    heading.after(this.button(target, () => this.toggle(layer.neurons), `layer ${index}`, layer.neurons));
    this.loose.push(target);
  }

  button(target, act, name, neurons) {
    target.setAttribute("role", "button");
    target.setAttribute("tabindex", "0");
    target.dataset.fold = name;
    target.addEventListener("click", act);
    target.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      act();
    });
    (this.buttons ??= []).push({ target, name, neurons });
    this.label(this.buttons.at(-1));
    return target;
  }

  label({ target, name, neurons }) {
    const isFolded = neurons.every((group) => this.folded.has(group));
    target.setAttribute("aria-expanded", !isFolded);
    target.setAttribute("aria-label", `${isFolded ? "Expand" : "Collapse"} ${name}`);
  }

  toggle(neurons) {
    const isFolded = neurons.every((group) => this.folded.has(group));
    for (const group of neurons) isFolded ? this.folded.delete(group) : this.folded.add(group);
    this.apply();
    this.onChange();
  }

  // How far to the left something comes to stand.
  shift(x) {
    return this.layers.filter((layer) => layer && this.isFolded(layer) && x >= layer.line - 1).reduce((sum, { line, left }) => sum + left - line, 0);
  }

  isFolded(layer) {
    return layer.neurons.every((group) => this.folded.has(group));
  }

  apply() {
    for (const each of this.loose) move(each, this.shift(leftOf(each)));
    for (const layer of this.layers.filter(Boolean)) for (const group of layer.neurons) this.applyTo(group, layer);
    for (const layer of this.layers.filter(Boolean)) this.hideCaptions(layer);
    for (const [path, [x, y, , , , , end, endY]] of this.edges) {
      const [from, to] = [x + this.shift(x), end + this.shift(end)];
      const bend = (to - from) * 0.45;
      path.setAttribute("d", `M${from} ${y}C${from + bend} ${y} ${to - bend} ${endY} ${to} ${endY}`);
    }
    for (const button of this.buttons) this.label(button);
    const width = this.width + this.shift(Infinity);
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${this.svg.getAttribute("height")}`);
  }

  // The box keeps its left edge; without its rows, what stands right of the line moves there.
  applyTo(group, layer) {
    const by = this.isFolded(layer) ? layer.left - layer.line : 0;
    move(group, this.shift(layer.left));
    group.classList.toggle("folded", this.folded.has(group));
    group.classList.toggle("narrow", by !== 0);
    for (const part of group.children) {
      if (part.matches(".card")) part.setAttribute("width", layer.width + by);
      else if (!part.matches(".term, .summary")) move(part, by);
    }
  }

  // What stands above the numbers of rows.
  hideCaptions(layer) {
    for (const text of this.loose) {
      const x = coordinate(text, "x");
      const isAbove = text.tagName === "text" && coordinate(text, "y") < layer.top && x > layer.left && x <= layer.left + layer.width;
      if (isAbove) text.classList.toggle("gone", this.isFolded(layer));
    }
  }
}

const move = (part, by) => (by ? part.setAttribute("transform", `translate(${by})`) : part.removeAttribute("transform"));

function leftOf(part) {
  const [own] = part.matches("g") ? part.querySelectorAll("rect") : [part];
  return coordinate(own, "x");
}
