// Makes the image of a drawing a picture that fits the panel's width, shows itself in full size on a click, and can be
// zoomed and moved. PANEL is the panel's id.
(() => {
    const panel = document.getElementById("PANEL");
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

    // The scale in which a unit of the picture is a pixel; graphs are laid out in points.
    const full = parseFloat(svg.getAttribute("width")) * (/pt$/.test(svg.getAttribute("width")) ? 4 / 3 : 1) / width;
    let scale = 0; // 0 fits the width
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
    view.addEventListener("keydown", event => {
        const act = {"+": actions[3], "-": actions[2], "0": actions[0], "1": actions[1]}[event.key];
        if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        act[2]();
    });
})();
