/* Opens a small page in the page's one dialog; without a script the link leads to that page.
   Usage: <a href="..." data-action="dialog">, inside it <a data-action="close-dialog">. */
import { on } from "./actions.js";
import { get, nodes } from "./http.js";

const dialog = document.getElementById("dialog");

on("dialog", async (link, event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  try {
    const { html } = await get(link.href);
    dialog.replaceChildren(nodes(html));
    link.closest("[popover]")?.hidePopover();
    dialog.showModal();
    dialog.querySelector("input[autofocus]")?.select();
  } catch {
    location.assign(link.href);
  }
});

on("close-dialog", (link, event) => {
  if (!link.closest("dialog")) return;
  event.preventDefault();
  dialog.close();
});
