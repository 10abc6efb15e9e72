/* Draws formulas with KaTeX, which is fetched when the first one is there.
   Usage: data-maths="URL of its style sheet" on whatever holds answers, now or later. What an
   answer's open block holds waits until the block is finished. */

let library = null;

function fetched(sheet) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = sheet;
  const styled = new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", reject);
  });
  document.head.append(link);
  return Promise.all([import("../vendor/katex/katex.min.js"), styled]);
}

/* KaTeX writes some styles as attributes, which the page's policy forbids; as properties they are
   allowed. */
function withoutStyleAttributes({ __domTree, __renderToDomTree }) {
  const mathml = __renderToDomTree("x", { output: "mathml" }).children[0];
  for (const kind of [__domTree.SvgNode, mathml.constructor]) {
    const { toNode } = kind.prototype;
    kind.prototype.toNode = function () {
      const { style = "", ...attributes } = this.attributes;
      this.attributes = attributes;
      const node = toNode.call(this);
      node.style.cssText = style;
      return node;
    };
  }
}

async function prepare(sheet) {
  await fetched(sheet);
  withoutStyleAttributes(window.katex);
}

async function draw(formulas, sheet) {
  try {
    await (library ??= prepare(sheet));
  } catch {
    // The formula stays as it was written, and the next one tries again.
    library = null;
    return;
  }
  for (const each of formulas) drawOne(each);
}

function drawOne(formula) {
  const tex = formula.textContent;
  const displayMode = formula.classList.contains("display");
  formula.dataset.drawn = "";
  // Wide formulas scroll; whoever has no pointer needs to get there.
  if (displayMode) formula.tabIndex = 0;
  try {
    window.katex.render(tex, formula, { displayMode, trust: false });
  } catch {
    delete formula.dataset.drawn;
    formula.textContent = tex;
  }
}

function look(element, sheet) {
  if (element.closest('[data-part="tail"]')) return;
  const formulas = [...element.querySelectorAll(".math:not([data-drawn])")];
  if (formulas.length) draw(formulas, sheet);
}

for (const place of document.querySelectorAll("[data-maths]")) {
  const sheet = place.dataset.maths;
  look(place, sheet);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (node.nodeType === Node.ELEMENT_NODE) look(node, sheet);
      }
    }
  }).observe(place, { childList: true, subtree: true });
}
