/* Marks in the text of drawn pages: the quoted passage, and what was searched for.
   Usage: const marks = new Marks(pages); marks.quote(n, text); marks.find(n, ranges, current);
   quote() resolves to the first mark, or null when the page's text does not hold the passage. */
import { locate, normal, pieces } from "./viewer-match.js";

export class Marks {
  #quotes = new Map();
  #finds = new Map();
  #waiting = new Map();

  constructor(pages) {
    this.pages = pages;
    pages.list.addEventListener("drawn", ({ detail }) => this.#drawn(detail.view));
  }

  quote(n, text) {
    this.#quotes.set(n, normal([text]));
    return new Promise((resolve) => {
      this.#waiting.set(n, resolve);
      const view = this.pages.view(n);
      if (view.layer) this.#drawn(view);
    });
  }

  /* `current` is the place among `ranges` that the reader is at, or -1. */
  find(n, ranges, current) {
    this.#finds.set(n, { ranges, current });
    const view = this.pages.view(n);
    if (view.layer) this.#drawn(view);
  }

  clearFinds() {
    const pages = [...this.#finds.keys()];
    this.#finds.clear();
    for (const n of pages) if (this.pages.view(n).layer) this.#drawn(this.pages.view(n));
  }

  #drawn(view) {
    const strings = view.layer.textContentItemsStr;
    const marks = [];
    const quote = this.#quotes.get(view.n);
    const find = this.#finds.get(view.n);
    const page = quote || find ? normal(strings) : null;
    for (const range of quote ? locate(quote, page) : []) {
      for (const piece of pieces(page, ...range)) marks.push({ ...piece, name: "quoted" });
    }
    find?.ranges.forEach((range, at) => {
      const name = at === find.current ? "found current" : "found";
      for (const piece of pieces(page, ...range)) marks.push({ ...piece, name });
    });
    draw(view.layer, marks);
    const first = view.element.querySelector("mark.quoted");
    if (first) Object.assign(first, { id: "passage", tabIndex: -1 });
    this.#waiting.get(view.n)?.(first);
    this.#waiting.delete(view.n);
  }
}

/* Each string of the page is an element of its own; those with marks are written anew. */
function draw(layer, marks) {
  const byItem = new Map();
  for (const mark of marks) byItem.set(mark.item, [...(byItem.get(mark.item) ?? []), mark]);
  layer.textDivs.forEach((element, item) => {
    const text = layer.textContentItemsStr[item];
    const here = byItem.get(item);
    if (here) element.replaceChildren(...runs(text, here));
    else if (element.firstElementChild) element.textContent = text;
  });
}

/* A place in both the passage and the search is shown as found. */
function runs(text, marks) {
  const names = new Array(text.length).fill("");
  for (const { from, to, name } of marks) names.fill(name, from, to);
  const nodes = [];
  let at = 0;
  while (at < text.length) {
    let end = at + 1;
    while (end < text.length && names[end] === names[at]) end += 1;
    const part = text.slice(at, end);
    if (names[at]) {
      const mark = document.createElement("mark");
      mark.className = names[at];
      mark.textContent = part;
      nodes.push(mark);
    } else nodes.push(part);
    at = end;
  }
  return nodes;
}
