// The frame of the drawing: zoom, pan, fit, and scrolling to what matters. It scrolls the drawing, never the page.

const ZOOM_STEP = 1.25;
const LEAST_SHRUNK = 1.25;
const [SMALLEST, LARGEST] = [0.1, 8];

class Viewport {
  constructor(box, svg, calm) {
    this.box = box;
    this.svg = svg;
    this.calm = calm;
    this.scale = 1;
    this.isWhole = false;
    this.measure();
    const tooWide = this.size.width / (this.room("Width", "Left") || this.size.width);
    this.scale = tooWide > 1 && tooWide < LEAST_SHRUNK ? 1 / tooWide : 1; // little is shrunk, more is scrolled
    this.apply();
    box.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    box.addEventListener("pointerdown", (event) => this.onPress(event));
  }

  // The drawing's own size, which Graphviz tells in points.
  measure() {
    const [width, height] = ["width", "height"].map((side) => this.svg.getAttribute(side));
    const unit = width.endsWith("pt") ? 4 / 3 : 1;
    this.size = { width: Number.parseFloat(width) * unit, height: Number.parseFloat(height) * unit };
    this.apply();
  }

  room(side, padding) {
    return this.box[`client${side}`] - 2 * Number.parseFloat(getComputedStyle(this.box)[`padding${padding}`]);
  }

  apply() {
    this.svg.style.width = `${this.size.width * this.scale}px`;
    this.svg.style.height = `${this.size.height * this.scale}px`;
  }

  // Zoom by a factor, about a point of the frame: what is under it stays there.
  zoom(factor, x = this.box.clientWidth / 2, y = this.box.clientHeight / 2) {
    const before = this.svg.getBoundingClientRect();
    const frame = this.box.getBoundingClientRect();
    const [inX, inY] = [(frame.left + x - before.left) / before.width, (frame.top + y - before.top) / before.height];
    this.scale = Math.max(SMALLEST, Math.min(LARGEST, this.scale * factor));
    this.isWhole = false;
    this.apply();
    const after = this.svg.getBoundingClientRect();
    this.box.scrollBy({ left: after.left + inX * after.width - frame.left - x, top: after.top + inY * after.height - frame.top - y, behavior: "instant" });
  }

  // The whole drawing, or its own size again.
  fit() {
    this.isWhole = !this.isWhole;
    const whole = Math.min(this.room("Width", "Left") / this.size.width, this.room("Height", "Top") / this.size.height);
    this.scale = this.isWhole ? Math.min(1, whole) : 1;
    this.apply();
    return this.isWhole;
  }

  onWheel(event) {
    if (!event.ctrlKey) return; // also what a pinch on a touchpad says
    event.preventDefault();
    const frame = this.box.getBoundingClientRect();
    this.zoom(Math.exp(-event.deltaY / 300), event.clientX - frame.left, event.clientY - frame.top);
  }

  // Drag the ground to pan; a finger scrolls by itself.
  onPress(event) {
    if (event.button !== 0 || event.pointerType === "touch" || event.target.closest("[data-node], [data-fold]")) return;
    if (event.offsetX > this.box.clientWidth + this.box.scrollLeft) return;
    const start = { x: event.clientX, y: event.clientY, left: this.box.scrollLeft, top: this.box.scrollTop };
    const move = (moved) => {
      this.box.scrollLeft = start.left - (moved.clientX - start.x);
      this.box.scrollTop = start.top - (moved.clientY - start.y);
    };
    const stop = () => window.removeEventListener("pointermove", move);
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop, { once: true });
    event.preventDefault();
  }

  // Scrolls to all of these elements, or to the last where they are too far apart.
  bringIntoView(elements, isQuick) {
    if (!elements.length) return;
    const frame = this.box.getBoundingClientRect();
    const rectangles = elements.map((each) => each.getBoundingClientRect());
    const shift = (low, high, size) => {
      const ends = [Math.min(...rectangles.map((found) => found[low])), Math.max(...rectangles.map((found) => found[high]))];
      const [from, to] = ends[1] - ends[0] <= frame[size] ? ends : [rectangles.at(-1)[low], rectangles.at(-1)[high]];
      const visible = from >= frame[low] && to <= frame[high];
      return visible ? 0 : (from + to) / 2 - (frame[low] + frame[high]) / 2;
    };
    this.box.scrollBy({
      left: shift("left", "right", "width"),
      top: shift("top", "bottom", "height"),
      behavior: this.calm.matches || isQuick ? "instant" : "smooth",
    });
  }
}
