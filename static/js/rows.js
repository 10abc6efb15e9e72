/* Follows the documents that are being read: fetches the rows anew every two seconds while there
   are any, and tells screen readers only when all are done.
   Usage: <div id="rows" data-rows="URL">, in it an element with data-unfinished="3". */
import { say } from "./announce.js";
import { get, nodes } from "./http.js";

const EVERY = 2000;
const rows = document.getElementById("rows");
let timer;

const unfinished = () => Number(rows.querySelector("[data-unfinished]")?.dataset.unfinished ?? 0);

async function refresh() {
  clearTimeout(timer);
  const before = unfinished();
  try {
    const { html } = await get(rows.dataset.rows);
    // Not under somebody who is about to press something in them.
    if (!rows.contains(document.activeElement)) rows.replaceChildren(nodes(html));
  } catch {
    // The next look may find the server again.
  }
  if (before && !unfinished()) say(rows.querySelector(".badge")?.textContent ?? "");
  follow();
}

function follow() {
  if (unfinished()) timer = setTimeout(refresh, EVERY);
}

document.addEventListener("documents-changed", refresh);
follow();
