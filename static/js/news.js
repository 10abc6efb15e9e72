/* Keeps the list of chats, and the chat that is open, as they are everywhere else: other windows,
   other devices, programs. Usage: <div data-chats data-news="URL">. A page that nobody looks at
   does not listen, since a browser has six connections to a site; it looks again when it is seen. */
import { openChat, refreshChats } from "./chats.js";

const AT_MOST_EVERY = 1000;
const AGAIN = 15000;
const list = document.querySelector("[data-news]");
let source = null;
let waiting = null;

function refresh() {
  waiting ??= setTimeout(() => {
    waiting = null;
    refreshChats(openChat());
  }, AT_MOST_EVERY);
}

function listen() {
  source = new EventSource(list.dataset.news);
  source.addEventListener("changed", ({ data }) => {
    refresh();
    const { suggested } = JSON.parse(data);
    if (suggested) document.dispatchEvent(new CustomEvent("suggested", { detail: suggested }));
  });
  source.addEventListener("open", () => document.dispatchEvent(new Event("listening")));
  source.addEventListener("error", () => {
    if (source?.readyState === EventSource.CLOSED) setTimeout(look, AGAIN);
  });
}

function look() {
  source?.close();
  source = null;
  if (!document.hidden) listen();
}

if (list) {
  listen();
  document.addEventListener("visibilitychange", () => {
    look();
    if (!document.hidden) refresh();
  });
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && look());
}
