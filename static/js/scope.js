/* What questions are limited to: chips over the box, each with a hidden field of the form.
   Usage: <ul data-scope>, <template data-scope-chip>; choose("document", id, title); chosen() lists
   them; the event "scope-changed" tells of a change. Documents limit questions inside of
   collections, so a choice of the one kind takes the place of the other; and the collection "none",
   that nothing is searched, that of all. [data-scope-choice] is marked when it is the present one. */
import { on } from "./actions.js";

const ICONS = { collection: "list", document: "documents" };
const NOTHING = "none";
const list = document.querySelector("[data-scope]");
const template = document.querySelector("[data-scope-chip]");

export function chosen() {
  return [...list.querySelectorAll("input")].map((field) => ({
    name: field.name,
    id: field.value,
    title: field.closest("li").querySelector(".chip-name").textContent,
  }));
}

export function choose(name, id, title) {
  if (chosen().some((each) => each.id === id)) return;
  const chip = template.content.firstElementChild.cloneNode(true);
  chip.querySelector("use").setAttribute("href", `#icon-${id === NOTHING ? "chat" : ICONS[name]}`);
  const field = chip.querySelector("input");
  const link = chip.querySelector("a");
  chip.querySelector(".chip-name").textContent = title;
  field.value = id;
  link.setAttribute("aria-label", `${link.getAttribute("aria-label")}: ${title}`);
  list.append(chip);
  limitTo(name, field);
}

/* Makes a field of a chip count, and takes away what cannot go together with it. */
export function limitTo(name, field) {
  field.name = name;
  for (const other of list.querySelectorAll("input")) {
    const goTogether = other.name === name && other.value !== NOTHING && field.value !== NOTHING;
    if (other !== field && !goTogether) other.closest("li").remove();
  }
  changed();
}

export function clear() {
  list.replaceChildren();
  markChoice();
}

export function changed() {
  markChoice();
  document.dispatchEvent(new Event("scope-changed"));
}

function markChoice() {
  const ids = chosen().map((each) => each.id);
  const choice = ids.includes(NOTHING) ? "nothing" : ids.length ? "some" : "all";
  for (const item of document.querySelectorAll("[data-scope-choice]")) {
    if (item.dataset.scopeChoice === choice) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  }
}

function take(item, event) {
  event.preventDefault();
  item.closest("[popover]").hidePopover();
  list.closest("form").querySelector("textarea").focus();
}

on("search-all", (item, event) => {
  // A file that is still on its way stays.
  for (const field of list.querySelectorAll("input")) field.closest("li").remove();
  changed();
  take(item, event);
});

on("search-nothing", (item, event) => {
  choose("collection", NOTHING, item.dataset.title);
  take(item, event);
});

on("unscope", (link, event) => {
  event.preventDefault();
  link.closest("li").remove();
  changed();
  list.closest("form").querySelector("textarea").focus();
});

export { list };
