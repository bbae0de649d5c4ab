// Practice: one gradient after the other is asked for, from the root back to the inputs.

const MOST_LISTED = 8;
const [FIRST, LATER, REVEALED] = ["✓", "○", "·"];

class Practice {
  constructor(page) {
    this.page = page;
    this.find = (selector) => page.find(`[data-for="practice"] ${selector}`);
    this.find("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.check(this.find(".answer").value);
    });
    this.restart();
  }

  restart() {
    const { passes, view } = this.page;
    const canBeAsked = (node) => Number.isFinite(passes.gradients[node]) && view.targetOf(node);
    this.questions = questionsOf(passes).filter(canBeAsked);
    this.found = new Map(); // of each gradient that is known, how it was found
    this.hasMissed = false;
    this.hasHint = false;
    this.say("");
  }

  get asked() {
    return this.questions[this.found.size] ?? null;
  }

  knows(node) {
    return node === this.page.passes.root || this.found.has(node) || !this.questions.includes(node);
  }

  // A local derivative of the root is the answer itself, until it is found.
  hides(edge) {
    const { from, to } = this.page.data.edges[edge];
    return to === this.page.passes.root && !this.knows(from) && this.page.passes.outOf[from].length === 1;
  }

  say(kind, ...texts) {
    this.find(".verdict").replaceChildren(...(texts.length ? [element("b", { class: kind }, texts[0]), ...texts.slice(1)] : []));
  }

  check(answer) {
    const { passes, names } = this.page;
    const node = this.asked;
    if (node === null) return;
    const number = calculated(answer);
    if (!Number.isFinite(number)) return this.say("bad", "A number, please", ", or a calculation such as 0.22*-1.3.");
    if (isRight(passes, node, number, this.page.view.numberText)) {
      this.settle(this.hasMissed ? LATER : FIRST);
      this.sayFound(node, "good", `${FIRST} Right`, ": ");
      this.find(".answer").focus({ preventScroll: true });
    } else {
      this.hasMissed = true;
      this.say("bad", `✗ ${shown(number)}: `, whyWrong(passes, names, node, number));
    }
  }

  reveal() {
    const node = this.asked;
    if (node === null) return;
    this.settle(REVEALED);
    this.sayFound(node, "", "Shown", ": ");
  }

  // Below the next question: so it names the gradient that it is about.
  sayFound(node, kind, ...texts) {
    const { passes, names } = this.page;
    if (this.asked === null) this.say("");
    else this.say(kind, ...texts, `${names.gradient(node)} is ${shown(passes.gradients[node])}.`);
  }

  hint() {
    this.hasHint = true;
    this.page.paint();
  }

  settle(mark) {
    this.found.set(this.asked, mark);
    this.hasMissed = this.hasHint = false;
    this.find(".answer").value = "";
    this.page.paint();
    if (this.asked !== null) this.page.bringIntoView([this.asked]);
  }

  // -- what is shown --------------------------------------------------------------------------------------------------

  paint() {
    const { page } = this;
    const { names } = page;
    const node = this.asked;
    const whyNone = this.questions.length ? "" : this.whyNone();
    const title = node !== null ? `${names.gradient(node)}?` : whyNone ? "Nothing is asked." : "All gradients are found.";
    this.find(".question .heading").replaceChildren(page.heading(2, title));
    this.find("form").hidden = node === null;
    this.find(".rule").replaceChildren(...(node === null ? [whyNone] : this.rule(node)));
    this.find(".about").replaceChildren(...(page.chosen === null ? [] : [page.heading(2, names.of(page.chosen)), ...page.nodePanel.texts(page.chosen)]));
    this.find(".progress .heading").replaceChildren(page.heading(2, "Progress"));
    const marks = [...this.found.values()];
    this.find(".bar i").style.width = `${this.questions.length ? (100 * this.found.size) / this.questions.length : 100}%`;
    this.find(".count").textContent = whyNone ? "" : `${this.found.size} of ${this.questions.length} gradients · ${marks.filter((mark) => mark === FIRST).length} at the first try`;
    const listed = [...this.found].slice(-MOST_LISTED).reverse();
    this.find(".found").replaceChildren(...listed.map(([each, mark]) => element("li", {}, `${mark} ${names.gradient(each)} = ${shown(page.passes.gradients[each])}`)));
  }

  // Why there is no question at all.
  whyNone() {
    const { passes } = this.page;
    if (passes.gradients.every(Number.isFinite)) return "There is no gradient to find but the root's, which is 1.";
    const other = passes.functions ? " Change a number in Explore, so that some are not." : "";
    return `All gradients to find are nan or inf.${other}`;
  }

  // The rule in symbols, and with a hint in numbers.
  rule(node) {
    const { passes, names, nodePanel } = this.page;
    const terms = termsOf(passes, node).filter(({ local }) => local !== null);
    if (!terms.length) return ["Nothing passes a gradient on to it."];
    const symbols = joined(terms.map((term) => nodePanel.termInSymbols(term)), " + ");
    const formulas = terms.map(({ edge }) => passes.edges[edge]).filter(({ formula }) => formula);
    const where = formulas.map(({ symbol, formula, kind }) => element("span", { class: `kind-${kind}` }, `${symbol} = ${formula}`));
    const rule = [`${names.gradient(node)} = `, ...symbols, ...(where.length ? [element("br"), "with ", ...joined(where, ", ")] : [])];
    if (!this.hasHint) return rule;
    const numbers = terms.map(({ edge, local, upstream }) => element("span", { class: "product" }, nodePanel.coloured(edge, factor(local)), ...(passes.edges[edge].to === passes.root ? [] : ["·", factor(upstream)])));
    return [...rule, element("br"), "= ", ...joined(numbers, " + ")];
  }
}
