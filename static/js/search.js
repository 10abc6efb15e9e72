/* Searches chats while somebody types; without a script the form does.
   Usage: <form data-search-chats> with an input q, and [data-found] for what was found. */
import "./site.js";
import { on } from "./actions.js";
import { complain, say } from "./announce.js";
import { get, nodes } from "./http.js";

const PAUSE = 200;
const form = document.querySelector("[data-search-chats]");
const found = document.querySelector("[data-found]");
let waiting;
let asked = 0;

function address() {
  return `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
}

async function search() {
  clearTimeout(waiting);
  asked += 1;
  const mine = asked;
  const url = address();
  try {
    const { html } = await get(url);
    // A slow answer must not undo a newer one.
    if (mine !== asked) return;
    found.replaceChildren(nodes(html));
    history.replaceState(null, "", url);
    for (const tab of form.querySelectorAll(".tab")) follow(tab);
    say(found.querySelector(".empty")?.textContent.trim() ?? "");
  } catch (error) {
    complain(error.message);
  }
}

/* The other tab is to show the same words. */
function follow(tab) {
  const url = new URL(tab.href);
  url.searchParams.set("q", form.elements.q.value);
  tab.href = url;
}

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, PAUSE);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});
document.addEventListener("chats-changed", search);

on("more-found", async (link, event) => {
  event.preventDefault();
  try {
    const { html } = await get(link.href);
    const more = nodes(html);
    const first = more.querySelector("a");
    link.replaceWith(more);
    first?.focus();
  } catch (error) {
    complain(error.message);
  }
});
