// The reader's choice of light or dark stands on <body>; drawings and pages in notebooks look for it on <html>.
function followTheme() {
  const chosen = document.body.dataset.theme;
  if (chosen === "light" || chosen === "dark") document.documentElement.setAttribute("theme", chosen);
  else document.documentElement.removeAttribute("theme");
}
new MutationObserver(followTheme).observe(document.body, { attributes: true, attributeFilter: ["data-theme"] });
followTheme();
