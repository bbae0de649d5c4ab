// Makes the image of a drawing a picture that fits the panel's width, shows itself in full size on a click, and can be
// zoomed and moved. It is given the panel's id, its style, and what the picture shows of the samples of a batch, or null.
((id, css, samples) => {
    const panel = document.getElementById(id);
    const image = panel && panel.querySelector("img");
    if (!image) return;
    const head = "data:image/svg+xml,";
    const parsed = new DOMParser().parseFromString(decodeURIComponent(image.src.slice(head.length)), "image/svg+xml");
    const svg = document.importNode(parsed.documentElement, true);
    const [, , width, height] = svg.getAttribute("viewBox").split(/[\s,]+/).map(Number);

    const view = document.createElement("div");
    view.className = "view";
    view.tabIndex = 0;
    view.setAttribute("role", "group");
    view.setAttribute("aria-label", image.alt);
    view.append(svg);
    image.replaceWith(view);
    const style = document.createElement("style");
    style.textContent = css;
    panel.prepend(style);

    // The scale in which a unit of the picture is a pixel; graphs are laid out in points.
    const full = parseFloat(svg.getAttribute("width")) * (/pt$/.test(svg.getAttribute("width")) ? 4 / 3 : 1) / width;
    let scale = 0; // 0 fits the width
    const SMALLEST = 0.6, PHONE = 600;
    const fitting = () => Math.min(full, view.clientWidth / width);

    function zoom(to, x = view.clientWidth / 2, y = view.clientHeight / 2) {
        const before = scale || fitting();
        const left = view.scrollLeft + x, top = view.scrollTop + y;
        scale = to && Math.min(Math.max(to, fitting()), 8 * full);
        view.classList.toggle("large", scale > 0);
        svg.style.width = scale ? `${width * scale}px` : "";
        svg.style.height = scale ? `${height * scale}px` : "";
        const ratio = (scale || fitting()) / before;
        view.scrollTo(left * ratio - x, top * ratio - y);
    }

    const tools = document.createElement("div");
    tools.className = "tools";
    const actions = [
        ["Fit", "fit the width", () => zoom(0)],
        ["1:1", "full size", () => zoom(full)],
        ["−", "smaller", () => zoom((scale || fitting()) / 1.25)],
        ["+", "larger", () => zoom((scale || fitting()) * 1.25)],
    ];
    for (const [text, title, act] of actions) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = text;
        button.title = title;
        button.addEventListener("click", act);
        tools.append(button);
    }
    panel.insertBefore(tools, view);

    // On a phone its texts would be too small to read: it begins in full size, with what is highlighted in sight.
    if (view.clientWidth < PHONE && fitting() < SMALLEST * full) {
        const highlighted = svg.querySelector(".hot, .frame, .lit .neuron:not(.off)");
        const box = highlighted && highlighted.getBoundingClientRect(), frame = view.getBoundingClientRect();
        const x = box ? (box.left + box.width / 2 - frame.left) : 0, y = box ? (box.top - frame.top) : 0;
        const growth = full / fitting();
        zoom(full, 0, 0);
        view.scrollTo(x * growth - view.clientWidth / 2, y * growth - view.clientHeight / 2);
    }

    // Another sample of a batch: its numbers in the places of those that were drawn.
    if (samples) {
        const texts = [...svg.querySelectorAll("text")], cells = [...svg.querySelectorAll("rect[fill-opacity]")];
        const drawn = texts.map(text => [...text.childNodes]);
        const choice = document.createElement("input");
        Object.assign(choice, {type: "number", min: 0, max: samples.texts.length - 1, value: samples.shown});
        choice.addEventListener("input", () => {
            const sample = samples.texts[choice.valueAsNumber];
            if (!sample) return;
            texts.forEach((text, i) => {
                const isSame = sample[i] === samples.texts[samples.shown][i];
                text.replaceChildren(...(isSame ? drawn[i] : [sample[i]]));
            });
            cells.forEach((cell, i) => {
                const [kind, opacity] = samples.cells[choice.valueAsNumber][i].split(" ");
                cell.setAttribute("class", kind);
                cell.setAttribute("fill-opacity", opacity);
            });
        });
        const label = document.createElement("label");
        label.append("sample ", choice, ` of ${samples.texts.length}`);
        tools.append(label);
    }

    // A click shows the full size around the point, or fits again; a drag moves the picture.
    let drag = null;
    view.addEventListener("pointerdown", event => {
        if (event.button === 0 && event.pointerType === "mouse") {
            drag = {x: event.clientX, y: event.clientY, left: view.scrollLeft, top: view.scrollTop, moved: false};
        }
    });
    view.addEventListener("pointermove", event => {
        if (!drag || !(event.buttons & 1)) return;
        const x = event.clientX - drag.x, y = event.clientY - drag.y;
        drag.moved ||= Math.hypot(x, y) > 4;
        if (drag.moved && scale) view.scrollTo(drag.left - x, drag.top - y);
    });
    view.addEventListener("click", event => {
        const moved = drag && drag.moved;
        drag = null;
        if (moved) return;
        const box = view.getBoundingClientRect();
        zoom(scale ? 0 : full, event.clientX - box.left, event.clientY - box.top);
    });
    view.addEventListener("wheel", event => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        const box = view.getBoundingClientRect();
        const to = (scale || fitting()) * Math.exp(-event.deltaY / 300);
        zoom(to, event.clientX - box.left, event.clientY - box.top);
    }, {passive: false});
    // A frame that holds this output alone, as marimo's, is made as high as its content.
    const frame = window.frameElement;
    const isOurs = element => element.id.startsWith("ag-") || /^(SCRIPT|STYLE)$/.test(element.tagName);
    if (frame && [...document.body.children].every(isOurs)) {
        const bottom = element => element.getBoundingClientRect().bottom + window.scrollY;
        const fit = () => { frame.style.height = `${Math.max(...[...document.body.children].map(bottom)) + 16}px`; };
        new ResizeObserver(fit).observe(panel);
    }

    view.addEventListener("keydown", event => {
        const act = {"+": actions[3], "-": actions[2], "0": actions[0], "1": actions[1]}[event.key];
        if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        act[2]();
    });
})(THE_PANEL, THE_STYLE, THE_SAMPLES);
