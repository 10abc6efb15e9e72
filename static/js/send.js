/* Sends questions, asks for other answers, stops running ones; all without leaving the page.
   Usage: <form data-composer>, <form data-retry> in an answer. The question shows at once; what
   could not be sent comes back into the box. */
import { on } from "./actions.js";
import { calm, complain, words } from "./announce.js";
import { settled } from "./attach.js";
import { accepted, form, isRunning, putBack, takeOut } from "./composer.js";
import { refreshChats } from "./chats.js";
import { newId, nodes, post } from "./http.js";
import { clearPictures } from "./pictures.js";
import { enqueue } from "./queue.js";
import { toEnd } from "./scroll.js";
import { follow } from "./stream.js";
import { chatUrl, list, tell } from "./transcript.js";

const chat = document.querySelector("[data-chat]");
const pending = document.querySelector("[data-pending]");
const stopButton = form.querySelector("[data-send]");
let sending = false;
// The answer that was stopped last, by the address that stops it, and what stood in the box then.
let stopped = null;
let path = location.pathname;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const by = event.submitter;
  const text = by?.name === "content" ? by.value : form.querySelector("textarea").value;
  const isStopped = isRunning() && stopped?.url === stopButton.formAction;
  const goesOn = isStopped && text.trim() && text !== stopped.text;
  if (by?.hasAttribute("data-running") && !goesOn) stop(by, text);
  else if (sending) complain(words.wait);
  else if (isRunning()) enqueue(text, goesOn || by?.value === "urgent");
  else send(text);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-retry]")) return;
  event.preventDefault();
  retry(event.target, event.submitter);
});

async function send(text) {
  if (!text.trim()) return;
  sending = true;
  calm();
  takeOut(text);
  const shown = show(text);
  try {
    await settled();
    const body = new FormData(form);
    body.set("content", text);
    const { html, response } = await post(form.action, body);
    const exchange = nodes(html);
    shown[1].remove();
    shown[0].replaceWith(exchange);
    accepted();
    clearPictures();
    arrive(response.headers.get("X-Conversation"));
    follow(document);
  } catch (error) {
    for (const node of shown) node.remove();
    if (!form.elements.conversation.value) chat.classList.add("new");
    putBack(text);
    complain(error.message);
  } finally {
    sending = false;
  }
}

function show(text) {
  const copy = pending.content.cloneNode(true);
  copy.querySelector(".bubble").textContent = text.trim();
  const shown = [...copy.children];
  chat.classList.remove("new");
  list.append(copy);
  toEnd();
  return shown;
}

/* The first question of a new chat gives it an address. */
async function arrive(conversation) {
  const isNew = form.elements.conversation.value !== conversation;
  form.elements.conversation.value = conversation;
  tell(conversation);
  if (isNew) {
    for (const element of document.querySelectorAll("[data-welcome]")) element.remove();
    history.pushState(null, "", chatUrl(conversation));
    showWhetherTemporary(chatUrl(conversation));
    path = location.pathname;
    document.querySelector(".sidebar-nav [aria-current]")?.removeAttribute("aria-current");
  }
  const title = await refreshChats(conversation);
  if (!isNew || !title) return;
  document.querySelector("[data-chat-title]").textContent = title;
  document.title = `${title} · ${document.title.split(" · ").at(-1)}`;
}

function showWhetherTemporary(url) {
  const place = document.querySelector("[data-temporary]");
  const isTemporary = place.querySelector("input[name=temporary]").checked;
  const kept = place.querySelector("template").content.cloneNode(true);
  kept.querySelector("form").action = `${url}keep/`;
  place.replaceChildren(...(isTemporary ? [kept] : []));
}

// The menu of models is one for all answers: it learns of the one that it was opened for.
on("again-with", (button) => {
  const menu = document.getElementById("again-with");
  menu.action = button.dataset.again;
  menu.dataset.for = button.closest("[data-answer]").id;
  delete menu.dataset.request;
});

async function retry(asked, button) {
  if (button.disabled) return;
  asked.dataset.request ??= newId();
  const body = new FormData(asked, button);
  button.disabled = true;
  calm();
  if (asked.popover) asked.hidePopover();
  body.set("request_id", asked.dataset.request);
  const answer = asked.closest("[data-answer]") ?? document.getElementById(asked.dataset.for);
  try {
    const { html, response } = await post(asked.action, body);
    button.disabled = false;
    // What came after it belongs to another branch.
    while (answer.nextElementSibling) answer.nextElementSibling.remove();
    answer.replaceWith(nodes(html));
    arrive(response.headers.get("X-Conversation"));
    follow(document);
    toEnd();
    form.querySelector("textarea").focus({ preventScroll: true });
  } catch (error) {
    button.disabled = false;
    complain(error.message);
  }
}

/* The button still says Stop until the page hears that the answer has ended. Whoever has written
   something new by then wants it asked, not the answer stopped twice. */
async function stop(button, text) {
  stopped = { url: button.formAction, text };
  try {
    await post(button.formAction);
  } catch (error) {
    stopped = null;
    complain(error.message);
  }
}

document.addEventListener("chat-gone", () => location.assign(chat.dataset.url));

// Going back from a chat's address to the empty page, or on again, is a page of its own.
addEventListener("popstate", () => location.pathname !== path && location.reload());
