/* The list of chats in the sidebar: more of it, and anew after something has changed.
   Usage: <div data-chats="URL">; await refreshChats(conversationId) gives the open chat's title. */
import { on } from "./actions.js";
import { complain } from "./announce.js";
import { get, nodes } from "./http.js";

const list = document.querySelector("[data-chats]");

/* The id of the chat that this page shows, or "". */
export function openChat() {
  return document.querySelector("[data-composer]")?.elements.conversation.value ?? "";
}

export async function refreshChats(current) {
  try {
    const { html } = await get(`${list.dataset.chats}?current=${current}`);
    // Not while somebody chooses from a menu in it.
    if (!list.querySelector(":popover-open")) list.replaceChildren(nodes(html));
  } catch {
    // An old list is better than a complaint about a list.
  }
  return list.querySelector("[aria-current] .truncate")?.textContent ?? "";
}

on("more-chats", async (button) => {
  button.disabled = true;
  try {
    const { html } = await get(button.dataset.fragment);
    const more = nodes(html);
    const first = more.querySelector("a");
    button.replaceWith(more);
    first?.focus();
  } catch (error) {
    button.disabled = false;
    complain(error.message);
  }
});
