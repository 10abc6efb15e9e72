/* Follows the documents: fetches the rows every two seconds while any is being read, and else now and
   then, since others add and take away; draws those anew that have changed, and tells screen readers
   only the new totals. A page that nobody looks at waits until it is seen.
   Usage: <div id="rows" data-rows="URL">, in it an element with data-unfinished="3" whose text is
   the totals, and rows with data-document="id" data-drawn="what they show of the state". The counts
   with data-count-of="name" in it are written to the elements with data-shelf="name" elsewhere. */
import { say } from "./announce.js";
import { get, nodes } from "./http.js";

const EVERY = 2000;
const NOW_AND_THEN = 20000;
const rows = document.getElementById("rows");
let timer;
let asked = 0;

const totals = (root) => root.querySelector("[data-unfinished]");
const unfinished = () => Number(totals(rows)?.dataset.unfinished ?? 0);

async function refresh() {
  clearTimeout(timer);
  asked += 1;
  const mine = asked;
  const before = unfinished();
  try {
    const { html } = await get(rows.dataset.rows);
    // A slow answer must not undo a newer one.
    if (mine === asked) {
      const fresh = nodes(html);
      count(fresh);
      draw(fresh);
    }
  } catch {
    // The next look may find the server again.
  }
  if (mine !== asked) return;
  if (unfinished() < before) say(totals(rows).textContent);
  follow();
}

function follow() {
  if (!document.hidden) timer = setTimeout(refresh, unfinished() ? EVERY : NOW_AND_THEN);
}

function count(fresh) {
  for (const item of fresh.querySelectorAll("[data-count-of]")) {
    const place = document.querySelector(`[data-shelf="${CSS.escape(item.dataset.countOf)}"]`);
    if (place) place.textContent = item.textContent;
  }
}

function draw(fresh) {
  const body = rows.querySelector("tbody");
  const made = fresh.querySelector("tbody");
  const busy = rows.contains(document.activeElement) || rows.querySelector(":checked");
  if (!body || !made || !busy) {
    rows.replaceChildren(fresh);
    return;
  }
  // Somebody is about to press something here, or has ticked rows: what has not changed stays.
  totals(rows).replaceWith(totals(fresh));
  merge(body, [...made.children]);
}

function merge(body, made) {
  const known = new Map([...body.children].map((row) => [row.dataset.document, row]));
  const focused = document.activeElement.getAttribute("href");
  let at = body.firstElementChild;
  for (const row of made) {
    const old = known.get(row.dataset.document);
    const kept = old?.dataset.drawn === row.dataset.drawn ? old : row;
    known.delete(row.dataset.document);
    if (old && old !== kept) {
      if (at === old) at = kept;
      if (old.querySelector(":checked")) kept.querySelector("[type=checkbox]").checked = true;
      old.replaceWith(kept);
    }
    if (at === kept) at = at.nextElementSibling;
    else body.insertBefore(kept, at);
  }
  for (const gone of known.values()) gone.remove();
  if (!body.contains(document.activeElement) && focused) {
    body.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  }
}

document.addEventListener("documents-changed", refresh);
document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (!document.hidden) refresh();
});
follow();
