// Vega-Lite takes over the drawings: tool tips, and a country to pick. Without script the drawings stay as they are.
for (const script of document.querySelectorAll("script[data-spec]")) {
  const figure = document.getElementById(`picture-${script.dataset.spec}`);
  const drawing = figure.querySelector(".drawing");
  const drawn = drawing.querySelector("svg");
  const spec = JSON.parse(script.textContent);
  showTips(spec);
  const stage = document.createElement("div");
  vegaEmbed(stage, spec, { actions: false, renderer: "svg" }).then((result) => {
    const taken = stage.querySelector("svg");
    // one picture with a name, as before, not hundreds of marks to step through
    taken.setAttribute("role", "img");
    taken.setAttribute("aria-labelledby", drawn.getAttribute("aria-labelledby"));
    taken.prepend(...drawn.querySelectorAll(":scope > title, :scope > desc"));
    const { width, height } = taken.viewBox.baseVal;
    taken.style.maxWidth = `${width * 1.06}px`;
    taken.removeAttribute("width");
    taken.removeAttribute("height");
    taken.setAttribute("viewBox", `0 0 ${width} ${height}`);
    drawing.replaceChildren(stage);
    drawing.dataset.taken = "yes";
    window.entangledViews = { ...window.entangledViews, [script.dataset.spec]: result.view };
  });
}

// the words that describe a mark are its tool tip
function showTips(part) {
  if (!part || typeof part !== "object") return;
  if (part.encoding?.description?.field === "words") part.encoding.tooltip = { field: "words" };
  if (part.encoding?.description?.field === "properties.words") part.encoding.tooltip = { field: "properties.words" };
  for (const key of ["layer", "hconcat", "vconcat", "concat"]) for (const child of part[key] ?? []) showTips(child);
  showTips(part.spec);
}
