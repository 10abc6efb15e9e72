/* Pinning, archiving and deleting without leaving the page, and the way back for a while.
   Usage: <form data-chat-act> whose buttons stand in the menus of the list; #snacks tells. */
import { on } from "./actions.js";
import { complain } from "./announce.js";
import { openChat, refreshChats } from "./chats.js";
import { nodes, post } from "./http.js";

const SHOWN_FOR = 10000;
const snacks = document.getElementById("snacks");
const form = document.querySelector("[data-chat-act]");
let fading;
let isActing = false;
let isGone = false;

/* The news that the open chat is gone may come before the answer to its deletion here, which leads
   to where it can be undone. */
addEventListener(
  "chat-gone",
  (event) => {
    isGone = isActing;
    if (isActing) event.stopImmediatePropagation();
  },
  { capture: true },
);

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  isActing = true;
  const button = event.submitter;
  const url = button.getAttribute("formaction");
  const row = button.closest("[data-row-of]");
  const body = new FormData(form, button);
  button.closest("[popover]")?.hidePopover();
  try {
    const { html, response } = await post(url, body);
    if (leaves(url, response)) return;
    show(html);
    await refreshChats(openChat());
    focusAgain(row?.dataset.rowOf);
    document.dispatchEvent(new Event("chats-changed"));
  } catch (error) {
    complain(error.message);
  }
  isActing = false;
  if (isGone) document.dispatchEvent(new Event("chat-gone"));
});

/* The page of a chat that is gone tells so from the page of a new one. */
function leaves(url, response) {
  const gone = response.headers.get("X-Deleted");
  if (!gone || gone !== openChat()) return false;
  location.assign(`${form.dataset.home}?deleted=${gone}`);
  return true;
}

function show(html) {
  close();
  snacks.replaceChildren(nodes(html));
  raise();
  fade();
}

/* Above the sidebar as well, which is a popover itself on narrow windows; and inside of it, or
   else a tap on Undo would close it. */
function raise() {
  (document.querySelector("#sidebar:popover-open") ?? document.body).append(snacks);
  snacks.popover = "manual";
  snacks.showPopover();
}

/* Not while somebody is about to press it. */
function fade() {
  clearTimeout(fading);
  fading = setTimeout(() => {
    if (snacks.querySelector(":hover, :focus-visible")) fade();
    else close();
  }, SHOWN_FOR);
}

function focusAgain(id) {
  const undo = snacks.querySelector("[formaction]");
  (undo ?? document.querySelector(`.chat-row[data-row-of="${id}"] > button`))?.focus();
}

function close() {
  if (snacks.matches(":popover-open")) snacks.hidePopover();
  snacks.replaceChildren();
}

on("close-snack", close);

document.getElementById("sidebar")?.addEventListener("toggle", ({ newState }) => {
  if (newState === "closed" && snacks.childElementCount) raise();
});

if (snacks?.childElementCount) fade();
