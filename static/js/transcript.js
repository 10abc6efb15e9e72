/* The messages: earlier ones on demand, and all anew when another tab has changed them.
   Usage: [data-messages]; tell(conversationId) after a change. */
import { on } from "./actions.js";
import { complain } from "./announce.js";
import { form } from "./composer.js";
import { get, nodes } from "./http.js";
import { label } from "./cites.js";
import { follow } from "./stream.js";

const list = document.querySelector("[data-messages]");
const scroller = document.querySelector("[data-transcript]");
const tabs = new BroadcastChannel("chat");

export function tell(conversation) {
  tabs.postMessage(conversation);
}

export async function reload() {
  const conversation = form.elements.conversation.value;
  if (!conversation) return;
  try {
    const { html } = await get(`${chatUrl(conversation)}messages/`);
    if (form.elements.conversation.value === conversation) draw(html);
  } catch (error) {
    complain(error.message);
  }
}

/* Shows these messages instead of those that are on show. */
export function draw(html) {
  list.replaceChildren(nodes(html));
  label(list);
  follow(document);
}

export function chatUrl(conversation) {
  return `${document.querySelector("[data-chat]").dataset.url}${conversation}/`;
}

tabs.addEventListener("message", ({ data }) => {
  if (data === form.elements.conversation.value) reload();
});

// Not while a question is on its way or being edited: what it brings is drawn by whoever sent it.
document.addEventListener("chat-went-on", () => {
  if (!list.querySelector(".pending, .editing")) reload();
});

// A page that comes back from the browser's cache shows what was true when it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) reload();
});

on("earlier", async (link, event) => {
  event.preventDefault();
  const place = link.closest("p");
  try {
    const { html } = await get(link.dataset.fragment);
    const before = scroller.scrollHeight - scroller.scrollTop;
    place.replaceWith(nodes(html));
    label(list);
    scroller.scrollTop = scroller.scrollHeight - before;
    scroller.focus({ preventScroll: true });
  } catch (error) {
    complain(error.message);
  }
});

export { list };
