/* Opens a small page in the page's one dialog; without a script the link leads to that page.
   Usage: <a href="..." data-action="dialog"> or openDialog(url), which fires "dialog-shown"; inside
   it <a data-action="close-dialog">. */
import { on } from "./actions.js";
import { complain } from "./announce.js";
import { get, nodes, post } from "./http.js";

const dialog = document.getElementById("dialog");

on("dialog", (link, event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  link.closest("[popover]")?.hidePopover();
  openDialog(link.href);
});

export async function openDialog(url) {
  if (dialog.open) return;
  try {
    const { html } = await get(url);
    dialog.replaceChildren(nodes(html));
    const name = dialog.querySelector("h2")?.textContent;
    if (name) dialog.setAttribute("aria-label", name);
    dialog.showModal();
    dialog.querySelector("input[autofocus]")?.select();
    dialog.dispatchEvent(new Event("dialog-shown", { bubbles: true }));
  } catch {
    location.assign(url);
  }
}

// A form that leads on inside the dialog.
dialog?.addEventListener("submit", async (event) => {
  if (!event.target.matches("[data-in-dialog]")) return;
  event.preventDefault();
  try {
    const { html } = await post(event.target.action, new FormData(event.target));
    dialog.replaceChildren(nodes(html));
    dialog.querySelector("h2")?.focus();
  } catch (error) {
    complain(error.message);
  }
});

on("close-dialog", (link, event) => {
  if (!link.closest("dialog")) return;
  event.preventDefault();
  dialog.close();
});
