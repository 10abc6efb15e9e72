/* Finds words in all pages of a PDF, drawn or not, from the page in view on.
   Usage: bindFind(pages, marks, words), with [data-find] in the page. */
import { on } from "./actions.js";
import { normal, places } from "./viewer-match.js";

const PAUSE = 250;
const MOST = 999;

export function bindFind(pages, marks, words) {
  const bar = document.querySelector("[data-find]");
  const field = bar.querySelector("[data-find-text]");
  const count = bar.querySelector("[data-find-count]");
  const button = document.querySelector('[data-action="find"]');
  const texts = new Map();
  let found = [];
  let at = -1;
  let run = 0;
  let wait;

  async function textOf(n) {
    if (!texts.has(n)) {
      const { items } = await (await pages.pdf.getPage(n)).getTextContent();
      texts.set(n, normal(items.filter((item) => item.str !== undefined).map((item) => item.str)));
    }
    return texts.get(n);
  }

  async function search() {
    const mine = (run += 1);
    const wanted = normal([field.value]);
    marks.clearFinds();
    found = [];
    at = -1;
    count.textContent = "";
    if (!wanted.chars) return;
    const from = pages.current;
    for (let n = 1; n <= pages.count && found.length < MOST; n += 1) {
      const ranges = places(wanted, await textOf(n));
      if (mine !== run) return;
      if (ranges.length) marks.find(n, ranges, -1);
      const here = ranges.map((_, index) => ({ n, index, ranges }));
      found.push(...here);
      if (at < 0 && n >= from && here.length) await show(found.length - here.length);
      else tell(true);
    }
    if (at < 0 && found.length) await show(0);
    tell(false);
  }

  function tell(more) {
    if (found.length) count.textContent = `${at + 1} ${words.of} ${found.length}${more ? "…" : ""}`;
    else if (!more) count.textContent = words.nothing;
  }

  async function show(next) {
    const before = found[at];
    at = (next + found.length) % found.length;
    const place = found[at];
    if (before && before.n !== place.n) marks.find(before.n, before.ranges, -1);
    marks.find(place.n, place.ranges, place.index);
    tell(false);
    if (pages.current !== place.n || !reveal()) await pages.go(place.n);
    reveal();
  }

  /* The mark of the place, once its page is drawn. */
  function reveal() {
    const mark = pages.list.querySelector("mark.current");
    mark?.scrollIntoView({ block: "center", inline: "nearest" });
    return Boolean(mark);
  }

  function open(isOpen) {
    bar.hidden = !isOpen;
    button.setAttribute("aria-expanded", isOpen);
    if (isOpen) field.select();
    else {
      run += 1;
      marks.clearFinds();
      button.focus();
    }
    if (isOpen && field.value) search();
  }

  pages.list.addEventListener("drawn", ({ detail }) => detail.view.n === found[at]?.n && reveal());
  field.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(search, PAUSE);
  });
  bar.addEventListener("keydown", (event) => {
    if (event.key === "Escape") open(false);
    else if (event.key === "Enter" && found.length) {
      event.preventDefault();
      show(at + (event.shiftKey ? -1 : 1));
    }
  });
  document.addEventListener("keydown", (event) => {
    const isFind = (event.ctrlKey || event.metaKey) && event.key === "f";
    // A second time it is the browser's own.
    if (!isFind || event.target === field || pages.list.hidden) return;
    event.preventDefault();
    open(true);
  });
  on("find", () => open(bar.hidden));
  on("find-close", () => open(false));
  on("find-before", () => found.length && show(at - 1));
  on("find-after", () => found.length && show(at + 1));
}
