// The controls of the steps: slider, place, and playing.

class Player {
  constructor(page) {
    this.page = page;
    this.timer = null;
    page.find(".slider").addEventListener("input", (event) => {
      this.pause();
      page.show(Number(event.target.value));
    });
    page.find(".speed").addEventListener("change", () => {
      if (!this.timer) return;
      this.pause();
      this.play();
    });
  }

  // The steps are others now.
  planned() {
    const { page } = this;
    page.find('[data-do="forward"]').style.flexGrow = page.backwardFrom;
    page.find('[data-do="backward"]').style.flexGrow = page.last + 1 - page.backwardFrom;
    page.find(".slider").max = page.last;
  }

  // A step is shown.
  shown() {
    const { page } = this;
    const slider = page.find(".slider");
    slider.value = page.step;
    slider.setAttribute("aria-valuetext", `Step ${page.step} of ${page.last}: ${page.now.say}`);
    page.find(".place").replaceChildren(element("span", { class: "long" }, "step "), `${page.step} of ${page.last}`);
    page.find(".announcer").textContent = page.now.say;
    for (const phase of ["forward", "backward"]) {
      page.find(`[data-do="${phase}"]`).setAttribute("aria-current", page.now.backward === (phase === "backward"));
    }
  }

  play() {
    const { page } = this;
    if (page.step === page.last) page.show(0);
    const pace = Number(page.find(".speed").value);
    this.timer = setInterval(() => (page.app.isConnected ? page.show(page.step + 1) : this.pause()), pace);
    this.showPlaying();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.showPlaying();
  }

  showPlaying() {
    const button = this.page.find(".controls .play");
    button.setAttribute("aria-label", this.timer ? "Pause" : "Play");
    button.classList.toggle("playing", this.timer !== null);
  }
}
