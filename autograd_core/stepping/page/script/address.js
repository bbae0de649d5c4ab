// The changed numbers, the mode and the step as the part of a page's address after its #, and back.

function addressOf(passes, names, { mode, step }) {
  const changes = passes.changes().map(([node, number]) => `${encodeURIComponent(names.of(node))}=${typed(number)}`);
  return [...(mode === "steps" ? [] : [mode]), ...(mode === "steps" && step ? [`step:${step}`] : []), ...changes].join("&");
}

// What an address asks for, what in it is no number or mode of this page, and whose number is not a finite one.
function readAddress(text, passes, names, modes) {
  const byName = new Map(passes.changeable.map((node) => [names.of(node), node]));
  const asked = { changes: [], unknown: [], refused: [] };
  for (const part of text.replace(/^#/, "").split("&").filter(Boolean)) {
    const equals = part.lastIndexOf("=");
    const name = decoded(equals < 0 ? part : part.slice(0, equals));
    const number = equals < 0 ? NaN : typedNumber(part.slice(equals + 1));
    if (equals < 0 && modes.includes(name)) asked.mode = name;
    else if (equals < 0 && /^step:\d{1,6}$/.test(name)) asked.step = Number(name.slice(5));
    else if (byName.has(name) && !Number.isNaN(number)) asked.changes.push([byName.get(name), number]);
    else asked[byName.has(name) ? "refused" : "unknown"].push(name);
  }
  return asked;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
