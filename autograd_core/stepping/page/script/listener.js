// Clicks and keys. Only the keys that the page uses are withheld from whatever it stands in.

class Listener {
  constructor(page) {
    this.page = page;
    page.root.addEventListener("click", (event) => this.onClick(event));
    (page.data.wholePage ? document : page.root).addEventListener("keydown", (event) => this.onKey(event));
    if (page.data.wholePage) window.addEventListener("hashchange", () => page.readAddress());
    else window.addEventListener("keydown", (this.withheld = (event) => this.withhold(event)), true);
  }

  onClick(event) {
    const { page } = this;
    if (page.wasDragged) {
      page.wasDragged = false;
      return;
    }
    const find = (name) => event.target.closest(`[data-${name}]`)?.dataset[name];
    const [does, mode, link, node, collapse] = ["do", "to", "choose", "node", "collapse"].map(find);
    if (find("fold")) return;
    if (does) this.act(does);
    else if (collapse) page.fold(Number(collapse));
    else if (mode) page.setMode(mode);
    else if (link) page.choose(Number(link));
    else if (node) page.toggle(Number(node));
  }

  act(what) {
    const { page } = this;
    const targets = { first: 0, back: page.step - 1, next: page.step + 1, last: page.last, forward: 0, backward: page.backwardFrom };
    if (what in targets) {
      page.player.pause();
      return page.show(targets[what]);
    }
    return this.actions[what]();
  }

  get actions() {
    const { page } = this;
    const { explore, practice, player, viewport } = page;
    const leaf = explore?.leaf ?? null;
    return {
      play: () => (player.timer ? player.pause() : player.play()),
      fit: () => page.find(".fit").setAttribute("aria-pressed", viewport.fit()),
      smaller: () => this.zoom(1 / ZOOM_STEP),
      larger: () => this.zoom(ZOOM_STEP),
      close: () => page.close(),
      order: () => this.toggleOrder(),
      reset: () => explore.reset(),
      less: () => leaf !== null && explore.nudge(leaf, -0.1),
      more: () => leaf !== null && explore.nudge(leaf, 0.1),
      descend: () => explore.descend(),
      learn: () => explore.learn(),
      hint: () => practice.hint(),
      reveal: () => practice.reveal(),
      again: () => {
        practice.restart();
        page.paint();
      },
    };
  }

  zoom(by) {
    this.page.viewport.zoom(by);
    this.page.find(".fit").setAttribute("aria-pressed", false);
  }

  toggleOrder() {
    const { page } = this;
    const panel = page.find(".order");
    panel.hidden = !panel.hidden;
    page.find('[data-do="order"]').setAttribute("aria-pressed", !panel.hidden);
    page.paint();
  }

  // -- keys -----------------------------------------------------------------------------------------------------------

  onKey(event) {
    const action = this.actionOf(event);
    if (!action) return;
    event.preventDefault();
    action();
  }

  // What a key does at the moment; nothing where it is the host's or the browser's.
  actionOf(event) {
    const { page } = this;
    const target = event.composedPath()[0];
    if (event.altKey || event.ctrlKey || event.metaKey) return null;
    if (event.key === "Escape") return this.onEscape();
    if (target.matches?.("input, select, textarea")) return null;
    const index = target.closest?.("[data-node]")?.dataset.node;
    const node = index === undefined ? null : Number(index);
    if (node !== null && event.key === "ArrowDown") return () => page.walk(node, 1);
    if (node !== null && event.key === "ArrowUp") return () => page.walk(node, -1);
    if (node !== null && (event.key === "Enter" || event.key === " ")) return () => this.enter(node);
    const { mode } = page;
    if (mode === "explore") return this.changeByKey(event, node);
    if (mode !== "steps") return null;
    const steps = { ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last" };
    if (event.key in steps) return () => this.act(steps[event.key]);
    if (event.key === " " && !target.matches?.("button")) return () => this.act("play");
    return null;
  }

  onEscape() {
    const { page } = this;
    if (page.mode === "explore") return page.explore.undo.length ? () => page.explore.takeBack() : null;
    return page.chosen === null ? null : () => page.close();
  }

  enter(node) {
    const { page } = this;
    if (page.mode !== "explore") return page.toggle(node);
    page.choose(node);
    if (page.explore.leaf === null) return undefined;
    const field = page.find(".value-field");
    field.focus();
    return field.select();
  }

  changeByKey(event, node) {
    const { explore } = this.page;
    const by = { ArrowRight: 0.01, ArrowLeft: -0.01 }[event.key];
    if (by === undefined || node === null || !explore.passes.changeable.includes(node)) return null;
    return () => {
      if (this.page.chosen !== node) this.page.choose(node);
      explore.nudge(node, event.shiftKey ? by / 10 : by, { isNew: !event.repeat });
    };
  }

  // JupyterLab takes a key before any element gets it, unless an attribute of the element forbids that. So the
  // attribute is there for the keys that are used here, and for no other: Ctrl+S still saves.
  withhold(event) {
    const { host } = this.page;
    if (!host.isConnected) window.removeEventListener("keydown", this.withheld, true);
    const path = event.composedPath();
    if (!path.includes(host)) return;
    const [target] = path;
    const isTyped = target.matches?.("input, select, textarea") && (!(event.ctrlKey || event.metaKey) || /^[acvxyz]$/i.test(event.key));
    const isPressed = target.matches?.("button") && (event.key === "Enter" || event.key === " ") && !event.ctrlKey && !event.shiftKey;
    if (isTyped || isPressed || this.actionOf(event)) host.setAttribute("data-lm-suppress-shortcuts", "true");
    else host.removeAttribute("data-lm-suppress-shortcuts");
  }
}

for (const host of document.querySelectorAll("[data-ag-stepper]:not([data-ag-started])")) {
  host.setAttribute("data-ag-started", "");
  new Page(host);
}
