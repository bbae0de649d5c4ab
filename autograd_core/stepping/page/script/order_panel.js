// Why the topological order: the naive recursion beside it, on a node that is used more than once.

const MOST_LINES = 8;

class OrderPanel {
  constructor(page) {
    this.page = page;
  }

  // The shared node to show it on: the chosen one, or the first that the backward pass comes to.
  node() {
    const { passes, chosen } = this.page;
    const shared = sharedNodes(passes);
    const parts = (node) => passes.contributions.filter(([edge]) => passes.edges[edge].from === node).length;
    return shared.includes(chosen) ? chosen : shared.findLast((node) => parts(node) > 1) ?? shared.at(-1) ?? null;
  }

  texts() {
    const { passes, names } = this.page;
    const node = this.node();
    const title = this.page.heading(2, "Why the topological order?");
    if (node === null) {
      return [title, paragraph("formula", "Here every computed node is used once, so each has its whole gradient when it comes to passing it on, in any order. A node that is used twice, as in s·s + s, makes the difference.")];
    }
    const naive = naiveRecursion(passes);
    const name = names.of(node);
    const uses = passes.outOf[node].filter((edge) => passes.locals[edge] !== null).length;
    const intro = paragraph("formula", `${name} is used ${uses} times, so its gradient is a sum of ${uses} parts. It may pass on only the whole sum.`);
    if (!naive) return [title, intro, paragraph("formula", `The naive recursion would visit a node once for each path: more than ${MOST_VISITS.toLocaleString("en")} visits here.`)];
    return [title, intro, element("div", { class: "two" }, this.ordered(node, uses), this.naive(node, uses, naive)), this.results(naive)];
  }

  ordered(node, uses) {
    const { passes, names } = this.page;
    const parts = passes.contributions.filter(([edge]) => passes.edges[edge].from === node);
    const lines = parts.map(([edge, adds, , after], index) =>
      `from ${names.of(passes.edges[edge].to)}: ${factor(adds)}, ${index + 1} of ${uses}, grad ${shown(after)}`);
    lines.push(`complete: only now it passes on ${shown(passes.gradients[node])}`);
    return this.column("In topological order", lines.map((line) => [line, ""]));
  }

  naive(node, uses, { visits }) {
    const { passes, names } = this.page;
    const own = visits.filter((visit) => visit.node === node);
    const lines = own.map(({ edge, gradient }, index) => {
      const isEarly = index + 1 < own.length;
      const what = isEarly ? `passes on ${shown(gradient)} too early: parts are missing` : own.length > 1 ? `passes on ${shown(gradient)} once more, on top of what it passed on before` : `passes on ${shown(gradient)}`;
      return [`visit ${index + 1}, from ${names.of(passes.edges[edge].to)}: ${what}`, isEarly ? "loud" : ""];
    });
    return this.column("By naive recursion", lines);
  }

  column(title, lines) {
    const shownLines = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES - 1), [`… ${lines.length - MOST_LINES + 1} more`, ""]] : lines;
    return element("div", {}, this.page.heading(3, title), element("ol", { class: "paths" }, ...shownLines.map(([line, kind]) => element("li", { class: kind }, line))));
  }

  // The gradients that come out differently.
  results({ gradients }) {
    const { passes, names } = this.page;
    const differs = (node) => Math.abs(gradients[node] - passes.gradients[node]) > 1e-9 * Math.abs(passes.gradients[node]);
    const wrong = passes.order.filter((node) => differs(node));
    if (!wrong.length) return paragraph("formula", "Here both come to the same gradients.");
    const rows = wrong.slice(0, MOST_LINES).map((node) => element("tr", {},
      element("th", { scope: "row" }, names.of(node)), element("td", {}, shown(passes.gradients[node])), element("td", { class: "loud" }, shown(gradients[node]))));
    const more = wrong.length > MOST_LINES ? [paragraph("quiet", `and ${wrong.length - MOST_LINES} more`)] : [];
    const head = element("tr", {}, ...["gradient of", "topological", "naive"].map((text) => element("th", { scope: "col" }, text)));
    return element("div", {}, this.page.heading(3, "What comes out"), element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)), ...more);
  }
}
