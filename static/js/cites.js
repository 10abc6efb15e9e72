/* A citation mark shows its source beside the chat.
   Usage: a.cite[data-n] in [data-answer], and there details[data-source]; label(article) names
   the marks after their sources for screen readers. */
import { showSource } from "./panel.js";

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
    mark.setAttribute("aria-label", [`${mark.textContent}: ${title}`, support].filter(Boolean).join(", "));
  }
}

document.addEventListener("click", (event) => {
  const mark = event.target.closest?.("a.cite");
  if (!mark || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const source = card(mark);
  if (source) showSource(source, mark);
});

label(document);
