// The frame that a notebook may have put the page in. One that holds nothing else gets the height of its content.

function fitFrame(host) {
  const frame = ownFrame();
  if (!frame || [...document.body.children].some((each) => each !== host && !each.matches("script, style"))) return;
  const fit = () => {
    frame.style.height = `${Math.ceil(host.getBoundingClientRect().bottom + scrollY) + 16}px`;
  };
  new ResizeObserver(fit).observe(host);
}

function ownFrame() {
  try {
    return window.frameElement;
  } catch {
    return null; // of another origin
  }
}
