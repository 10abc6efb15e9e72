/* The list of chats in the sidebar: more of it, and anew after something has changed.
   Usage: <div data-chats="URL">; await refreshChats(conversationId) gives the open chat's title. */
import { on } from "./actions.js";
import { complain } from "./announce.js";
import { equip, isMenuOpen } from "./chat-menu.js";
import { get, nodes } from "./http.js";

const list = document.querySelector("[data-chats]");

/* The id of the chat that this page shows, or "". */
export function openChat() {
  return document.querySelector("[data-composer]")?.elements.conversation.value ?? "";
}

export async function refreshChats(current) {
  try {
    // What "Show more" has added is fetched again too.
    const shown = list.querySelectorAll("[data-row-of]").length;
    const { html, response } = await get(`${list.dataset.chats}?current=${current}&shown=${shown}`);
    // Not while somebody chooses from the menu of a row.
    if (!isMenuOpen()) redraw(nodes(html));
    if (current && current === openChat()) {
      compare(response.headers.get("X-Leaf"));
      const detail = response.headers.get("X-Queue") ?? "";
      document.dispatchEvent(new CustomEvent("queue-told", { detail }));
    }
  } catch {
    // An old list is better than a complaint about a list.
  }
  return list.querySelector("[aria-current] .truncate")?.textContent ?? "";
}

/* Whoever goes through the list by keyboard stays where they are. */
function redraw(fresh) {
  const at = list.contains(document.activeElement) ? document.activeElement : null;
  const id = at?.closest("[data-row-of]")?.dataset.rowOf;
  const kind = at?.localName;
  unfold(fresh);
  equip(fresh);
  list.replaceChildren(fresh);
  if (id) list.querySelector(`[data-row-of="${id}"] > ${kind}`)?.focus();
}

/* Folders stay open or closed as they were left, here and on the next page. */
const OPEN = "folders-open";
const opened = () => new Set(JSON.parse(localStorage.getItem(OPEN) ?? "[]"));

function unfold(root) {
  const open = opened();
  for (const folder of root.querySelectorAll("[data-folder]")) {
    folder.open ||= open.has(folder.dataset.folder);
  }
}

list?.addEventListener(
  "toggle",
  ({ target }) => {
    if (!target.matches("[data-folder]")) return;
    const open = opened();
    if (target.open) open.add(target.dataset.folder);
    else open.delete(target.dataset.folder);
    localStorage.setItem(OPEN, JSON.stringify([...open]));
  },
  true,
);

if (list) {
  unfold(list);
  equip(list);
}

/* Whether the open chat has gone on elsewhere; static/js/transcript.js draws it anew. */
function compare(leaf) {
  if (leaf === "gone") document.dispatchEvent(new Event("chat-gone"));
  else if (leaf && !document.getElementById(`message-${leaf}`)) {
    document.dispatchEvent(new Event("chat-went-on"));
  }
}

on("more-chats", async (button) => {
  button.disabled = true;
  try {
    const { html } = await get(button.dataset.fragment);
    const more = nodes(html);
    const first = more.querySelector("a");
    equip(more);
    button.replaceWith(more);
    first?.focus();
  } catch (error) {
    button.disabled = false;
    complain(error.message);
  }
});
