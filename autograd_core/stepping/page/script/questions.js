// Practice: the order in which gradients are asked for, and what is said to an answer.

// From the root back: a gradient once all that it is a sum of is known; a neuron's δ, then its parameters; inputs last.
function questionsOf(passes) {
  const left = passes.nodes.map((_, node) => passes.outOf[node].length);
  const asked = [];
  const inputs = [];
  const ahead = [passes.root];
  while (ahead.length) {
    const node = ahead.shift();
    if (node !== passes.root) asked.push(node);
    const ready = [];
    for (const edge of passes.into[node]) {
      const operand = passes.edges[edge].from;
      left[operand] -= 1;
      if (left[operand] === 0 && passes.hasGradient(operand)) ready.push(operand);
    }
    const [computed, leaves] = [ready.filter((each) => passes.into[each].length), ready.filter((each) => !passes.into[each].length)];
    for (const leaf of leaves) (passes.nodes[leaf].role === "parameter" ? asked : inputs).push(leaf);
    if (computed.length === 1 && passes.into[node].length === 1) ahead.unshift(...computed);
    else ahead.push(...computed);
  }
  return [...asked, ...inputs];
}

// How far an answer may be from the gradient: one percent, half a unit of the last digit shown, and whatever comes of
// the digits that the learner sees in place of the numbers.
function toleranceOf(passes, node, write) {
  const gradient = passes.gradients[node];
  const terms = termsOf(passes, node).filter(({ local }) => local !== null);
  const fromDigits = terms.map(({ local, upstream }) => {
    const [a, b] = [shownError(local, write), shownError(upstream, write)];
    return a * Math.abs(upstream) + b * Math.abs(local) + a * b;
  });
  const sum = fromDigits.reduce((total, each) => total + each, 0);
  const sizes = terms.reduce((total, { local, upstream }) => total + Math.abs(local * upstream), 0);
  return Math.max(0.01 * Math.abs(gradient), shownError(gradient, write), sum) + 1e-12 * sizes;
}

function isRight(passes, node, answer, write = shown) {
  const gradient = passes.gradients[node];
  if (!Number.isFinite(gradient)) return Object.is(answer, gradient);
  return Math.abs(answer - gradient) <= toleranceOf(passes, node, write);
}

// What a wrong answer is, where it can be recognised.
function whyWrong(passes, names, node, answer) {
  const near = (number) => Number.isFinite(number) && Math.abs(answer - number) <= 0.02 * Math.abs(number) + 1e-12;
  const gradient = passes.gradients[node];
  const terms = termsOf(passes, node).filter(({ local }) => local !== null);
  const turned = near(-gradient) && gradient !== 0 ? "The size is right, the sign is not." : "";
  if (terms.length === 1) return whyWrongFactor(passes, names, node, terms[0], near) || turned || "Not yet.";
  if (turned) return turned;
  const one = terms.find(({ local, upstream }) => near(local * upstream));
  if (one) return `That is only the part through ${names.of(one.consumer)}: there are ${terms.length} terms to add.`;
  if (near(terms.reduce((sum, { local }) => sum + local, 0))) return "Those are the local derivatives alone: each counts times the gradient of its consumer.";
  if (near(terms.reduce((sum, { upstream }) => sum + upstream, 0))) return "Those are the consumers' gradients alone: each counts times its local derivative.";
  return "Not yet.";
}

function whyWrongFactor(passes, names, node, { edge, consumer, local, upstream }, near) {
  const { kind, symbol } = passes.edges[edge];
  const [theirs, local_] = [names.gradient(consumer), symbol];
  if (near(upstream)) {
    if (kind === "activation") return `That is ${theirs}; it still has to pass through the activation: times ${local_}.`;
    if (kind === "input") return `That is δ = ${theirs}; a parameter gets it times its input.`;
    return `That is ${theirs}; it still has to be multiplied by ${local_}.`;
  }
  if (near(local)) return `That is ${local_} alone; times ${theirs}.`;
  if (near(passes.values[node] * upstream)) {
    if (kind === "input") return "That is w·δ, which the input gets. The weight gets x·δ.";
    if (kind === "weight") return "That is x·δ, which the weight gets. The input gets w·δ.";
  }
  const hasOneFactor = consumer === passes.root; // whose gradient, 1, is not written
  return near(local + upstream) && !hasOneFactor ? "The two are multiplied, not added." : "";
}
