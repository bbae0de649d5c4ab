// What a step says: a node that is computed, a gradient that is passed along an edge, or all that happens in a box.

class StepPanel {
  constructor(page) {
    this.page = page;
  }

  texts() {
    const { now, data, step } = this.page;
    if (now.adds !== undefined) return this.edgeTexts();
    if (!data.note && now.computed.length) return this.computationTexts(now.computed[0]);
    const texts = [this.page.heading(2, now.say)];
    if (step === 0) {
      if (data.note) texts.push(paragraph("formula", `In this drawing ${data.note}: a step is all that happens in a row in one box.`));
      texts.push(paragraph("formula", "First the forward pass computes every value, and keeps every local derivative. Then the backward pass multiplies and adds these, from the root back to the inputs."));
    }
    for (const [node] of data.note ? now.grads : []) {
      texts.push(paragraph("formula", `grad of ${data.nodes[node].name}: `, element("b", {}, this.page.gradientInWords(node))));
    }
    return texts;
  }

  computationTexts(node) {
    const { data, names, passes } = this.page;
    const { name, formula } = data.nodes[node];
    return [
      this.page.heading(2, `Forward: ${name}`),
      paragraph("formula", name === formula ? formula : `${name} = ${formula}`),
      paragraph("formula", `= ${names.inNumbers(node)} = `, element("b", {}, shown(passes.values[node]))),
      this.page.heading(3, "Local derivatives, kept for the backward pass"),
      this.page.nodePanel.derivatives(node, false),
    ];
  }

  edgeTexts() {
    const { now, names, data, passes, state } = this.page;
    const [edge] = now.edges;
    const [from, to] = now.nodes;
    const kind = data.kinds[data.edges[edge].kind];
    const more = state.complete.has(to) ? "" : "; more to come";
    return [
      this.page.heading(2, `Backward: from ${names.of(from)} to ${names.of(to)}`),
      this.equation(
        ["", factor(passes.gradients[from]), `upstream: grad of ${names.of(from)}`],
        ["×", factor(passes.locals[edge]), `${kind.symbol} ${kind.name}: ${names.derivative(edge)}`, kind.color],
        ["=", shown(now.adds), "contribution"],
      ),
      this.equation(
        ["", factor(now.before), `old grad of ${names.of(to)}`],
        ["+", factor(now.adds), "contribution"],
        ["=", shown(now.after), `new grad of ${names.of(to)}${more}`, "", "result"],
      ),
      paragraph("line", now.say),
    ];
  }

  equation(...terms) {
    return element("div", { class: "equation" }, ...terms.map(([sign, number, caption, color, extra = ""]) => {
      const style = color ? { "--kind": color } : {};
      const term = element("div", { class: `quantity ${extra}`, ...style }, element("b", {}, number), element("small", {}, caption));
      return sign ? element("div", { class: "signed" }, element("span", { class: "sign" }, sign), term) : term;
    }));
  }
}
