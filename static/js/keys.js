/* Keyboard shortcuts of every page; those of the chat are in chat-keys.js. The list of them opens
   with "?" too, unless that is switched off in the list (WCAG 2.1.4).
   Usage: <a data-keys href="the list's page"> anywhere. */
import { openDialog } from "./dialog.js";
import { openPalette } from "./palette.js";

const SINGLE = "single-key";
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey) return;
  const modified = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  const link = document.querySelector("[data-keys]");
  let act = null;
  if (modified && !event.shiftKey && key === "k") act = openPalette;
  else if (modified && event.shiftKey && key === "o") act = () => location.assign(link.dataset.home);
  else if (modified && key === "/") act = () => openDialog(link.href);
  else if (key === "?" && !modified && isAlone(event)) act = () => openDialog(link.href);
  if (!act || !link) return;
  event.preventDefault();
  act();
});

function isAlone({ target }) {
  const writes = target.matches?.("input, textarea, select, [contenteditable]");
  return !writes && localStorage.getItem(SINGLE) !== "off" && !document.querySelector("dialog[open]");
}

document.addEventListener("dialog-shown", ({ target }) => {
  const box = target.querySelector("[data-single-key]");
  if (!box) return;
  if (isMac) for (const kbd of target.querySelectorAll("[data-mod]")) kbd.textContent = "⌘";
  box.checked = localStorage.getItem(SINGLE) !== "off";
  box.addEventListener("change", () => localStorage.setItem(SINGLE, box.checked ? "on" : "off"));
});
