// Elements of the page and of its drawings.

const PLAIN = "http://www.w3.org/2000/svg";

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("--")) made.style.setProperty(name, value);
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function drawn(tag, attributes, ...children) {
  const made = document.createElementNS(PLAIN, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const paragraph = (name, ...children) => element("p", { class: name }, ...children);

const MOST_FACTORS = 12;

function withoutMiddle(texts) {
  const half = MOST_FACTORS / 2;
  return texts.length <= MOST_FACTORS ? texts : [...texts.slice(0, half), "…", ...texts.slice(-half)];
}

// Children with a text between them.
const joined = (children, between) => children.flatMap((child, index) => (index ? [between, child] : [child]));
