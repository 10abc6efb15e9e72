/* The command palette: chats and commands by a few letters of their names.
   Usage: <dialog id="palette">; openPalette(); any <button data-action="palette">. */
import { on } from "./actions.js";
import { complain } from "./announce.js";
import { Options } from "./options.js";

const palette = document.getElementById("palette");
const field = palette?.querySelector("input");
const list = palette?.querySelector("[role=listbox]");
const options = palette && new Options(field, list, choose);

export function openPalette() {
  if (!palette || palette.open) return;
  document.querySelector(":popover-open")?.hidePopover();
  field.value = "";
  palette.showModal();
  load();
}

async function load() {
  try {
    await options.load(list.dataset.options, field.value);
  } catch (error) {
    palette.close();
    complain(error.message);
  }
}

// What it names is done by whoever handles its data-action, or by the browser if it is a link.
function choose() {
  palette.close();
}

palette?.addEventListener("keydown", (event) => options.key(event));
palette?.addEventListener("close", () => options.forget());
field?.addEventListener("input", load);
on("palette", openPalette);
on("sign-out", () => document.querySelector("[data-sign-out]").requestSubmit());
