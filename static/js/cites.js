/* A citation mark opens its source's card and moves there; Esc leads back to the mark.
   Usage: a.cite[data-n] in [data-answer], and there details[data-source]; label(article) names
   the marks after their sources for screen readers. */
let cameFrom = null;

function card(mark) {
  return mark.closest("[data-answer]")?.querySelector(`[data-source="${mark.dataset.n}"]`);
}

export function label(root) {
  for (const mark of root.querySelectorAll("a.cite")) {
    const source = card(mark);
    if (!source) continue;
    const title = source.querySelector(".source-title").textContent;
    const support = source.querySelector("[data-support-word]")?.textContent.trim();
    mark.dataset.support = source.dataset.support;
    mark.setAttribute("aria-label", [`${mark.dataset.n}: ${title}`, support].filter(Boolean).join(", "));
  }
}

document.addEventListener("click", (event) => {
  const mark = event.target.closest?.("a.cite");
  if (!mark) return;
  event.preventDefault();
  const source = card(mark);
  if (!source) return;
  cameFrom = mark;
  source.open = true;
  source.querySelector("summary").focus({ preventScroll: true });
  source.scrollIntoView({ block: "nearest", behavior: "smooth" });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !event.target.closest?.("[data-source]") || !cameFrom) return;
  cameFrom.focus();
  cameFrom = null;
});

label(document);
