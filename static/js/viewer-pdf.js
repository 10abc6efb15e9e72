/* Draws a PDF from its file: opens it, goes to the page or passage of the address, binds the bar.
   Usage: [data-document][data-pdf], in it [data-pages], [data-scroller], [data-viewer-words]. */
import * as pdfjs from "../vendor/pdfjs/pdf.min.mjs";
import { on } from "./actions.js";
import { say } from "./announce.js";
import { bindFind } from "./viewer-find.js";
import { Marks } from "./viewer-marks.js";
import { Pages } from "./viewer-pages.js";

const root = document.querySelector("[data-document]");
const list = root.querySelector("[data-pages]");
const scroller = root.querySelector("[data-scroller]");
const field = root.querySelector("[data-page-field]");
const words = root.querySelector("[data-viewer-words]").dataset;
const STEPS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];
// On a wide screen a page as wide as the window is too large to read at once.
const COMFORTABLE = 1.4;
const ADDRESS_AFTER = 300;

const named = () => Number(/^#page=(\d{1,9})$/.exec(location.hash)?.[1] ?? 0);

export async function draw() {
  pdfjs.GlobalWorkerOptions.workerSrc = root.dataset.worker;
  const parts = root.dataset.parts;
  const pdf = await pdfjs.getDocument({
    url: root.dataset.pdf,
    cMapUrl: `${parts}cmaps/`,
    standardFontDataUrl: `${parts}standard_fonts/`,
    wasmUrl: `${parts}wasm/`,
    // Only what is looked at is fetched; where all pages hang below one node of the file's tree,
    // each of them is (mozilla/pdf.js #21859).
    disableAutoFetch: true,
    disableStream: true,
    rangeChunkSize: 128 * 1024,
  }).promise;
  list.hidden = false;
  root.dataset.drawn = "";
  const pages = new Pages(pdfjs, pdf, list, scroller, words.page);
  const size = bindSize(pages);
  await pages.open();
  size.fit();
  bindPlace(pages);
  const marks = new Marks(pages);
  bindFind(pages, marks, words);
  await start(pages, marks);
}

async function start(pages, marks) {
  const query = new URLSearchParams(location.search);
  const quotes = [...root.querySelectorAll("[data-quoted-page]")];
  const wanted = quotes.length ? Number(quotes[0].dataset.quotedPage) : named() || Number(query.get("page"));
  if (wanted > 1 && wanted <= pages.count) await pages.go(wanted);
  let first = null;
  for (const quote of quotes) {
    const n = Number(quote.dataset.quotedPage);
    if (n > pages.count) continue;
    const found = marks.quote(n, quote.textContent);
    // The second part of a passage is marked when its page is drawn.
    if (!first) first = await found;
    if (first && n === wanted) settle(first, n);
  }
  if (quotes.length && !first) {
    const box = root.querySelector("[data-quote]");
    box.hidden = false;
    on("quote-close", () => {
      box.hidden = true;
      scroller.focus();
    });
    say(words.notFound);
  }
}

function settle(mark, n) {
  mark.scrollIntoView({ block: "center", inline: "nearest" });
  mark.focus({ preventScroll: true });
  say(`${words.marked} ${n}`);
}

function bindSize(pages) {
  const shown = root.querySelector("[data-zoom]");
  const button = root.querySelector('[data-action="fit-width"]');
  let mode = "auto";

  function set(scale, next) {
    mode = next;
    button.setAttribute("aria-pressed", mode === "width");
    shown.textContent = `${Math.round(scale * 100)} %`;
    if (scale !== pages.scale) pages.zoom(scale);
  }

  function fit() {
    const room = list.clientWidth / pages.width;
    if (mode === "width") set(room, mode);
    else if (mode === "auto") set(Math.min(room, COMFORTABLE), mode);
  }

  const smaller = () => set(STEPS.findLast((step) => step < pages.scale - 0.01) ?? STEPS[0], "own");
  const larger = () => set(STEPS.find((step) => step > pages.scale + 0.01) ?? STEPS.at(-1), "own");
  new ResizeObserver(fit).observe(list);
  on("zoom-out", smaller);
  on("zoom-in", larger);
  on("fit-width", () => {
    mode = mode === "width" ? "auto" : "width";
    fit();
  });
  scroller.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "-") smaller();
    else if (event.key === "+" || event.key === "=") larger();
  });
  return { fit };
}

function bindPlace(pages) {
  let wait;
  const go = (n) => n >= 1 && n <= pages.count && pages.go(n);
  list.addEventListener("page", () => {
    if (field && document.activeElement !== field) field.value = pages.current;
    clearTimeout(wait);
    wait = setTimeout(() => history.replaceState(null, "", `#page=${pages.current}`), ADDRESS_AFTER);
  });
  root.querySelector("[data-viewer-jump]")?.addEventListener("submit", (event) => {
    if (list.checkVisibility()) event.preventDefault();
    go(Number(field.value));
  });
  field?.addEventListener("change", () => go(Number(field.value)));
  addEventListener("hashchange", () => go(named()));
  on("page-before", () => go(pages.current - 1));
  on("page-after", () => go(pages.current + 1));
  scroller.addEventListener("keydown", (event) => {
    if (event.target !== scroller && !list.contains(event.target)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.key === "ArrowLeft") go(pages.current - 1);
    else if (event.key === "ArrowRight") go(pages.current + 1);
    else return;
    event.preventDefault();
  });
}
