/* A document's page. Text: brings the marked passage, or the page named in the address, into view.
   A PDF is drawn by viewer-pdf.js, with its text one button away; should that fail, it is the text.
   A long document shows only some of its pages, and the server never sees the part of an address
   behind the #, so for a page that is not here the document is opened anew around it.
   Usage: [data-document] with data-last-page, in it [data-text], id="page=3" and id="passage". */
import "./site.js";
import { on } from "./actions.js";

const root = document.querySelector("[data-document]");
const last = Number(root.dataset.lastPage);
const player = root.querySelector("[data-player]");
const passage = root.querySelector("[data-text] #passage");

const named = () => document.getElementById(decodeURIComponent(location.hash.slice(1)));

function show() {
  if (passage) {
    passage.scrollIntoView({ block: "center" });
    passage.focus({ preventScroll: true });
  } else {
    named()?.scrollIntoView();
  }
}

function fetchPage() {
  const page = Number(/^#page=(\d{1,9})$/.exec(location.hash)?.[1]);
  if (!page || page > last || named()) return false;
  const query = new URLSearchParams(location.search);
  query.delete("start");
  query.delete("end");
  query.set("page", page);
  location.replace(`${location.pathname}?${query}${location.hash}`);
  return true;
}

function readText() {
  // A passage says more exactly than the page where to look.
  if (passage || !fetchPage()) {
    show();
    // The browser goes to the page of the address once more when everything has loaded.
    addEventListener("load", () => requestAnimationFrame(show), { once: true });
  }
  addEventListener("hashchange", fetchPage);
  const field = root.querySelector("[data-page-field]");
  const step = (by) => {
    const page = Math.min(Math.max(Number(field.value) + by, 1), last);
    field.value = page;
    location.hash = `#page=${page}`;
  };
  field?.form.addEventListener("submit", (event) => {
    if (!root.querySelector("[data-text]").checkVisibility()) return;
    event.preventDefault();
    step(0);
  });
  on("page-before", () => step(-1));
  on("page-after", () => step(1));
}

async function drawPages() {
  // In a PDF's page the mark with this name is the one that is drawn.
  passage?.removeAttribute("id");
  try {
    const { draw } = await import("./viewer-pdf.js");
    await draw();
  } catch (error) {
    console.warn(error);
    root.dataset.failed = "";
    root.querySelector("[data-broken]").hidden = false;
    if (passage) passage.id = "passage";
    readText();
  }
}

/* Between the pages and their text. Only some pages' text is here; for others it is fetched. */
function bindLooks() {
  const button = root.querySelector('[data-action="as-text"]');
  const query = new URLSearchParams(location.search);
  let isDrawn = false;
  const look = (isText) => {
    root.toggleAttribute("data-as-text", isText);
    button.setAttribute("aria-pressed", isText);
    if (!isText && !isDrawn) {
      isDrawn = true;
      drawPages();
    }
  };
  on("as-text", () => {
    const isText = !root.hasAttribute("data-as-text");
    // The page is in its field at once, in the address a moment later.
    const page = root.querySelector("[data-page-field]")?.value;
    const sheet = page ? document.getElementById(`page=${page}`) : named();
    if (isText && !passage && page && !sheet) {
      query.set("page", page);
      query.set("view", "text");
      location.assign(`${location.pathname}?${query}`);
      return;
    }
    look(isText);
    if (isText) (passage ?? sheet)?.scrollIntoView({ block: passage ? "center" : "start" });
  });
  const isText = query.get("view") === "text";
  if (isText) readText();
  look(isText);
}

if (root.dataset.pdf) bindLooks();
else readText();

/* A time in front of a line of a transcript plays the recording from there. */
root.addEventListener("click", (event) => {
  const cue = event.target.closest?.("[data-seek]");
  if (!cue || !player) return;
  event.preventDefault();
  player.currentTime = Number(cue.dataset.seek);
  player.play();
});
