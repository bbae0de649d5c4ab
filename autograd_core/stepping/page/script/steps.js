// The steps of both passes over a graph that is drawn node by node, and what is known after each.

// A step has `computed`, or `seed`, or an edge that passes a gradient on (`adds`), or a node that passes on nothing.
function stepsOf(passes, names) {
  const given = { say: "The inputs, parameters and constants are given.", computed: [] };
  const forward = passes.order.filter((node) => passes.into[node].length).map((node) => computedStep(passes, names, node));
  const backward = backwardSteps(passes, names);
  const steps = [given, ...forward, ...backward];
  steps.forEach((step, index) => {
    step.backward = index > forward.length;
    step.grads ??= [];
    step.complete ??= [];
    step.computed ??= [];
    step.edges ??= [];
    step.nodes ??= [];
  });
  return { steps, backwardFrom: 1 + forward.length };
}

function computedStep(passes, names, node) {
  const { name, formula } = passes.nodes[node];
  const say = [...new Set([name, formula, names.inNumbers(node), shown(passes.values[node])])].join(" = ");
  return { computed: [node], nodes: [node], edges: [...passes.into[node]], say };
}

function backwardSteps(passes, names) {
  const { root, nodes, edges, order, into, locals, gradients, contributions } = passes;
  const seed = { nodes: [root], complete: [root], grads: [[root, 1]] };
  seed.say = `${names.word(root)}.grad = 1: backpropagation starts at the root, whose derivative with respect to itself is 1`;
  const steps = [seed];
  const lastUse = new Map();
  let taken = 0;
  for (const node of [...order].reverse()) {
    if (!into[node].length) continue;
    const first = taken;
    while (taken < contributions.length && edges[contributions[taken][0]].to === node) {
      const [edge, adds, before, after] = contributions[taken++];
      const operand = edges[edge].from;
      lastUse.set(operand, steps.length);
      steps.push({ nodes: [node, operand], edges: [edge], adds, before, after, grads: [[operand, after]], say: edgeSays(passes, names, edge, adds, before, after) });
    }
    if (taken === first) steps.push({ nodes: [node], say: nothingPassedOn(names, node, gradients[node]) });
    for (const edge of into[node]) {
      const operand = edges[edge].from;
      if (!nodes[operand].constant && (taken === first || locals[edge] === null)) lastUse.set(operand, steps.length - 1);
    }
  }
  for (const [node, index] of lastUse) {
    const step = steps[index];
    (step.complete ??= []).push(node);
    step.grads ??= [];
    if (!step.grads.some(([each]) => each === node)) step.grads.push([node, gradients[node]]);
  }
  return steps;
}

function edgeSays(passes, names, edge, adds, before, after) {
  const { from, reason, to } = passes.edges[edge];
  const line = `${names.word(from)}.grad += upstream ${factor(passes.gradients[to])} × local ${factor(passes.locals[edge])} (${reason}) → `;
  return before === 0 ? line + shown(adds) : `${line}${factor(before)} + ${factor(adds)} = ${shown(after)}`;
}

function nothingPassedOn(names, node, gradient) {
  if (gradient === 0) return `${names.word(node)}.grad is 0: nothing is passed on`;
  return `${names.of(node)} has no operand that gets a gradient: nothing is passed on`;
}

// All that has happened up to a step: of each gradient its text, its exact text, and whether it is complete.
function stateAfter(steps, last, nodes) {
  const state = { computed: new Set(), gradients: new Map(), complete: new Set(), passed: new Set() };
  nodes.forEach((node, index) => {
    if (node.given ?? !node.formula) state.computed.add(index);
  });
  for (const done of steps.slice(0, last + 1)) {
    for (const node of done.computed) state.computed.add(node);
    for (const [node, gradient, precise] of done.grads) {
      state.gradients.set(node, typeof gradient === "number" ? { text: shown(gradient), exact: exact(gradient) } : { text: gradient, exact: precise });
    }
    for (const node of done.complete) state.complete.add(node);
    if (done.backward) for (const edge of done.edges) state.passed.add(edge);
  }
  return state;
}

// The steps of a graph that is drawn in boxes come with the page.
function stepsOfBoxes({ steps, backwardFrom }) {
  steps.forEach((step, index) => {
    step.backward = index >= backwardFrom;
    for (const part of ["grads", "complete", "computed", "edges"]) step[part] ??= [];
    step.nodes ??= [...step.computed];
  });
  return { steps, backwardFrom };
}
