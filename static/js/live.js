/* Draws a part of the page anew while something in it is under way.
   Usage: <div data-live="URL of the part">, with [data-busy] inside as long as it changes. */
import { get, nodes } from "./http.js";

const EVERY = 1500;

async function look(place) {
  if (!document.hidden) {
    try {
      const { html } = await get(place.dataset.live);
      if (html !== place.lastDrawn) place.replaceChildren(nodes(html));
      place.lastDrawn = html;
    } catch {
      // The next look may succeed.
    }
  }
  wait(place);
}

function wait(place) {
  if (place.querySelector("[data-busy]")) setTimeout(look, EVERY, place);
}

for (const place of document.querySelectorAll("[data-live]")) wait(place);
