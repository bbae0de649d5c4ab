// Small plots: the loss over one number with its tangent, and the loss after each step of learning.

const [LEFT, RIGHT] = [56, 348];
const POINTS = 96;

const brief = (x) => shown(x, 2);
const at = (number) => number.toFixed(1);

function plotFrame(label, height, bottom, ...content) {
  const axis = drawn("path", { class: "axis", d: `M${LEFT} 24V${bottom}H${RIGHT}` });
  return drawn("svg", { viewBox: `0 0 360 ${height}`, role: "img", "aria-label": label }, axis, ...content);
}

const plotText = (x, y, anchor, text, name = "") => drawn("text", { x: at(x), y: at(y), "text-anchor": anchor, class: name }, text);

// The root over a leaf in a window about its middle; a hollow dot where the leaf was.
function lossPlot({ name, root, points, now, slope, was, reach }) {
  const finite = points.filter(([, y]) => Number.isFinite(y));
  const [low, high] = [points[0][0], points.at(-1)[0]];
  const ys = finite.map(([, y]) => y);
  const [least, most] = ys.length ? [Math.min(...ys), Math.max(...ys)] : [0, 1];
  const margin = (most - least || Math.abs(most) || 1) * 0.12;
  const [bottom, top] = [least - margin, most + margin];
  const x = (number) => LEFT + ((number - low) / (high - low)) * (RIGHT - LEFT);
  const y = (number) => 164 - ((number - bottom) / (top - bottom)) * 138;
  const clip = drawn("clipPath", { id: "frame" }, drawn("rect", { x: LEFT, y: 24, width: RIGHT - LEFT, height: 142 }));
  const line = (ends) => drawn("path", { class: "tangent", d: `M${ends.map(([a, b]) => `${at(x(a))} ${at(y(b))}`).join("L")}` });
  const inside = drawn("g", { "clip-path": "url(#frame)" }, drawn("path", { class: "curve", d: curveThrough(points, x, y) }));
  if (Number.isFinite(slope) && Number.isFinite(now[1])) inside.append(line([-reach, reach].map((by) => [now[0] + by, now[1] + slope * by])));
  const dots = [...(was ? [["was", was]] : []), ["dot", now]].filter(([, [, b]]) => Number.isFinite(b));
  const label = `${root} over ${name}; at ${shown(now[0])} it is ${shown(now[1])} and its slope ${shown(slope)}`;
  return plotFrame(label, 190, 166, drawn("defs", {}, clip), inside,
    ...dots.map(([kind, [a, b]]) => drawn("circle", { class: kind, cx: at(x(a)), cy: at(y(b)), r: 5 })),
    ...[least, most].map((value) => plotText(LEFT - 4, y(value) + 4, "end", brief(value))),
    ...[["start", low], ["middle", (low + high) / 2], ["end", high]].map(([anchor, value]) => plotText(x(value), 181, anchor, brief(value))),
    plotText(LEFT, 14, "start", root), plotText(RIGHT, 14, "end", `tangent: slope ${shown(slope, 3)}`, "slope"));
}

// A curve is broken where it is not finite.
function curveThrough(points, x, y) {
  let isDown = false;
  return points.map(([a, b]) => {
    if (!Number.isFinite(b)) return (isDown = false), "";
    const command = isDown ? "L" : "M";
    isDown = true;
    return `${command}${at(x(a))} ${at(y(b))}`;
  }).join("");
}

const FEWEST_STEPS = 20;

// The root after each step; where a number was changed by hand in between, the line is dashed.
function learningCurve(root, losses) {
  const finite = losses.map(({ loss }) => loss).filter(Number.isFinite);
  const [least, most] = [Math.min(0, ...finite), Math.max(...finite, 1e-9)];
  const steps = Math.max(FEWEST_STEPS, losses.length - 1);
  const x = (index) => LEFT + (index / steps) * (RIGHT - LEFT);
  const y = (value) => 128 - ((value - least) / (most - least)) * 100;
  const parts = losses.slice(1).map(({ loss, isStep }, index) => {
    const ends = [losses[index].loss, loss];
    if (!ends.every(Number.isFinite)) return "";
    return drawn("path", { class: isStep ? "curve" : "curve break", d: `M${at(x(index))} ${at(y(ends[0]))}L${at(x(index + 1))} ${at(y(ends[1]))}` });
  });
  const last = losses.at(-1).loss;
  const label = `${root} after each step: ${losses.slice(-6).map(({ loss }) => shown(loss)).join(", ")}`;
  return plotFrame(label, 150, 128, ...parts.filter(Boolean),
    ...(Number.isFinite(last) ? [drawn("circle", { class: "dot", cx: at(x(losses.length - 1)), cy: at(y(last)), r: 5 })] : []),
    plotText(LEFT - 4, y(most) + 4, "end", brief(most)), plotText(LEFT - 4, y(least) + 3, "end", brief(least)),
    plotText(LEFT, 14, "start", root), plotText(RIGHT, 145, "end", `${steps} steps`));
}
