/* Keeps the list of chats, and the chat that is open, as they are everywhere else: other windows,
   other devices, programs. Usage: <div data-chats data-news="URL">. A page that nobody looks at
   does not listen, since a browser has six connections to a site; it looks again when it is seen.
   It listens from where it was loaded, or where it heard the last word: nothing is missed between. */
import { openChat, refreshChats } from "./chats.js";

const AT_MOST_EVERY = 1000;
const AGAIN = 15000;
const list = document.querySelector("[data-news]");
let source = null;
let waiting = null;
let place = "";

function refresh() {
  waiting ??= setTimeout(() => {
    waiting = null;
    refreshChats(openChat());
  }, AT_MOST_EVERY);
}

function listen() {
  const from = place ? `after=${place}` : `age=${Math.ceil(performance.now())}`;
  source = new EventSource(`${list.dataset.news}?${from}`);
  source.addEventListener("place", ({ lastEventId }) => (place = lastEventId));
  source.addEventListener("changed", ({ data, lastEventId }) => {
    place = lastEventId;
    refresh();
    const { suggested } = JSON.parse(data);
    if (suggested) document.dispatchEvent(new CustomEvent("suggested", { detail: suggested }));
  });
  source.addEventListener("open", () => document.dispatchEvent(new Event("listening")));
  source.addEventListener("error", () => {
    // The browser itself would try again with the age that the page had at first.
    if (!place) source?.close();
    if (source?.readyState === EventSource.CLOSED) setTimeout(lookAgain, AGAIN);
  });
}

function look() {
  source?.close();
  source = null;
  if (!document.hidden) listen();
}

/* What happened long ago is told no more: the list itself is asked for, too. */
function lookAgain() {
  look();
  if (!document.hidden) refresh();
}

if (list) {
  listen();
  document.addEventListener("visibilitychange", lookAgain);
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && lookAgain());
}
