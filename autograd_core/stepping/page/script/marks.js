// What changed: a mark at each number whose shown digits differ, until a while after the last change.

const MARKED_FOR = 2200;

class Marks {
  constructor(numbers) {
    this.numbers = numbers;
    this.before = new Map();
    this.made = [];
  }

  // From here on changes are measured.
  remember() {
    this.before = new Map(this.numbers().map((each) => [each.text, { text: each.text.textContent, number: each.number }]));
  }

  // Mark what differs; `isShown` tells of which numbers to mark changes at all.
  show(isShown) {
    this.clear();
    for (const each of this.numbers()) {
      const before = this.before.get(each.text);
      if (before && before.text !== each.text.textContent && isShown(each)) this.mark(each, each.number > before.number);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.clear(), MARKED_FOR);
  }

  mark({ text }, isUp) {
    const box = text.getBBox();
    const ground = drawn("rect", { class: "mark", x: box.x - 11, y: box.y, width: box.width + 13, height: box.height, rx: 3 });
    const frame = text.parentNode.querySelector("rect:not(.halo, .mark, .target)");
    if (frame) frame.after(ground); // under all text of its box
    else text.before(ground);
    const arrow = drawn("text", { class: "arrow", x: box.x - 9, y: box.y + box.height / 2 + 3 }, isUp ? "▲" : "▼");
    text.before(arrow);
    this.made.push(ground, arrow);
  }

  clear() {
    for (const each of this.made) each.remove();
    this.made = [];
  }
}
