/* The passage behind a citation mark, beside the chat on wide windows and over it on narrow ones.
   Usage: showSource(card, mark) with a details[data-source] and the mark to lead back to. */
import { on } from "./actions.js";

const panel = document.getElementById("panel");
const title = panel.querySelector(".panel-title");
const body = panel.querySelector("[data-panel-body]");
const wide = matchMedia("(width >= 78rem)");
let shown = null;
let back = null;

export function showSource(card, mark) {
  shown = card;
  back = mark;
  draw();
  if (!panel.open) open();
  title.focus();
}

function open() {
  if (wide.matches) {
    panel.removeAttribute("closedby");
    panel.show();
  } else {
    panel.setAttribute("closedby", "any");
    panel.showModal();
  }
}

const all = () => [...shown.closest(".sources").querySelectorAll("[data-source]")];

function draw() {
  const cards = all();
  const at = cards.indexOf(shown);
  title.textContent = panel.dataset.of.replace("{n}", at + 1).replace("{all}", cards.length);
  for (const button of panel.querySelectorAll("[data-step]")) {
    button.disabled = !cards[at + Number(button.dataset.step)];
  }
  const badge = shown.querySelector("[data-support-word]");
  const head = piece("p", "panel-source", copy(".number"), copy(".source-title"));
  const about = piece("p", "panel-about", copy(".source-page"), copy(".badge"));
  const why = piece("p", "small muted", badge?.title ?? "");
  const rest = [...shown.children].slice(1).map((each) => each.cloneNode(true));
  body.replaceChildren(...[head, about, why].filter((each) => each.childNodes.length), ...rest);
  body.scrollTop = 0;
}

function copy(selector) {
  const found = shown.querySelector(`.source-head ${selector}`)?.cloneNode(true);
  found?.classList.remove("truncate");
  return found ?? "";
}

function piece(tag, className, ...content) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...content.filter(Boolean));
  return element;
}

on("panel-step", (button) => {
  const next = all()[all().indexOf(shown) + Number(button.dataset.step)];
  if (!next) return;
  shown = next;
  draw();
  // A button that has just been switched off would drop the focus.
  if (button.disabled) title.focus();
});

on("panel-close", () => panel.close());

panel.addEventListener("close", () => {
  const target = back?.isConnected ? back : document.querySelector("[data-composer] textarea");
  if (panel.contains(document.activeElement) || document.activeElement === document.body) {
    target.focus();
  }
});

// The browser closes what is modal on Esc, and leaves the rest to the page.
panel.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || panel.matches(":modal")) return;
  event.preventDefault();
  panel.close();
  back?.focus();
});

wide.addEventListener("change", () => panel.open && panel.close());
