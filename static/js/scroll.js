/* Keeps the end of the transcript in view while it grows, but only for a reader who is there.
   Usage: [data-transcript] scrolls, [data-end] is its last element; toEnd() after sending.
   Being at the end is seen by an observer, never guessed from scroll events; a wheel, key or
   finger that goes up lets go at once. */
import { on } from "./actions.js";

const SLACK = "0px 0px 64px 0px";
const box = document.querySelector("[data-transcript]");
const end = document.querySelector("[data-end]");
const latest = document.querySelector("[data-action=latest]");
let follows = true;

export function toEnd() {
  follows = true;
  box.scrollTop = box.scrollHeight;
  show();
}

function letGo() {
  if (box.scrollHeight <= box.clientHeight) return;
  follows = false;
}

function show() {
  latest.hidden = follows;
}

new IntersectionObserver(
  ([seen]) => {
    // A long block pushes the end out of sight for a moment: that is not the reader leaving.
    if (seen.isIntersecting) follows = true;
    latest.hidden = seen.isIntersecting || follows;
  },
  { root: box, rootMargin: SLACK },
).observe(end);

new ResizeObserver(() => {
  if (follows) box.scrollTop = box.scrollHeight;
  else show();
}).observe(end.parentElement);

box.addEventListener("wheel", (event) => event.deltaY < 0 && letGo(), { passive: true });
box.addEventListener("touchmove", letGo, { passive: true });
box.addEventListener("pointerdown", (event) => event.target === box && letGo());
document.addEventListener("keydown", (event) => {
  if (["PageUp", "Home", "ArrowUp"].includes(event.key) && box.contains(event.target)) letGo();
});

on("latest", () => {
  toEnd();
  document.querySelector("[data-composer] textarea").focus();
});

if (!location.hash) toEnd();
