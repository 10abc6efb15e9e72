/* The box to write in: grows, keeps its draft in this tab (the text, the model, what it is limited
   to), sends on Enter, stops on Esc.
   Usage: <form data-composer>; setRunning(stopUrl) turns its button into Stop, setRunning("") back. */
import { words } from "./announce.js";
import { newId } from "./http.js";
import { chosenPictures } from "./pictures.js";
import { chosen } from "./scope.js";

export const form = document.querySelector("[data-composer]");
const box = form.querySelector("textarea");
const button = form.querySelector("[data-send]");
// Shown while an answer is being made and there is something to ask after it.
const next = form.querySelector("[data-enqueue]");
const model = document.getElementById("model");
const touch = matchMedia("(pointer: coarse)");
// In this tab somebody else may have written before, who has signed out since.
const own = `draft:${form.dataset.owner}:`;
for (const name of Object.keys(sessionStorage)) {
  if (name.startsWith("draft:") && !name.startsWith(own)) sessionStorage.removeItem(name);
}
let sent = null;
// Whether the model or the limits differ from what the server would propose.
let choices = {};

export function setRunning(stopUrl) {
  button.toggleAttribute("data-running", Boolean(stopUrl));
  if (stopUrl) button.setAttribute("formaction", stopUrl);
  else button.removeAttribute("formaction");
  button.setAttribute("aria-label", stopUrl ? words.sayStop : words.saySend);
}

export function isRunning() {
  return button.hasAttribute("data-running");
}

/* Takes the text out of the box to send it. The same text keeps the same request id, so a
   question that is sent again after a failure is not asked twice. */
export function takeOut(text) {
  if (sent !== null && sent !== text) form.elements.request_id.value = newId();
  sent = text;
  save(text);
  box.value = "";
  grow();
}

export function putBack(text) {
  box.value = box.value ? `${text}\n${box.value}` : text;
  grow();
  keep();
  box.focus();
}

/* To be called while the form still names the chat that the draft belongs to. */
export function accepted() {
  sent = null;
  choices = {};
  form.elements.request_id.value = newId();
  // Something else may have been written meanwhile.
  keep();
}

function key() {
  return `${own}${form.elements.conversation.value || "new"}`;
}

function keep() {
  if (box.value || Object.keys(choices).length) save(box.value);
  else sessionStorage.removeItem(key());
}

function save(text) {
  const id = form.elements.request_id.value;
  sessionStorage.setItem(key(), JSON.stringify({ text, sent, id, ...choices }));
}

function restore() {
  const kept = JSON.parse(sessionStorage.getItem(key()) ?? "null");
  if (!kept || box.value) return null;
  box.value = kept.text;
  if (kept.model && [...(model?.options ?? [])].some((each) => each.value === kept.model)) {
    model.value = kept.model;
  }
  if (kept.pictures) choices.pictures = kept.pictures;
  if (kept.scope) choices.scope = kept.scope;
  if (kept.model) choices.model = kept.model;
  if (kept.sent === null) return kept;
  // It was on its way when the page went: sent again under its id, it is asked only once.
  sent = kept.sent;
  form.elements.request_id.value = kept.id;
  return kept;
}

function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  box.style.blockSize = "auto";
  box.style.blockSize = `${box.scrollHeight}px`;
}

box.addEventListener("input", () => {
  grow();
  keep();
});

box.addEventListener("keydown", (event) => {
  // While an input method composes a syllable, Enter belongs to it (229 is Safari's way to say so).
  const composing = event.isComposing || event.keyCode === 229;
  if (event.key !== "Enter" || event.shiftKey || composing || touch.matches) return;
  event.preventDefault();
  next.value = event.ctrlKey || event.metaKey ? "urgent" : "";
  form.requestSubmit(isRunning() ? next : button);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.shiftKey) box.focus();
  else if (event.key === "Escape" && isRunning() && !isTaken(event)) form.requestSubmit(button);
});

/* Esc belongs to what lies over the page first. */
function isTaken(event) {
  return event.defaultPrevented || document.querySelector("dialog[open], :popover-open");
}

model?.addEventListener("change", () => {
  choices.model = model.value;
  keep();
});

document.addEventListener("scope-changed", () => {
  choices.scope = chosen();
  choices.pictures = chosenPictures();
  keep();
});

export const draft = restore();
grow();
