/* Versions of questions and answers: a question is asked in other words where it stands, and the
   arrows lead to the others. Usage: [data-action="edit"] and form[data-versions] in a .message;
   an empty box's arrow up edits the last question. */
import { on } from "./actions.js";
import { calm, complain } from "./announce.js";
import { form as composer, isRunning } from "./composer.js";
import { refreshChats } from "./chats.js";
import { get, nodes, post } from "./http.js";
import { toEnd } from "./scroll.js";
import { chatUrl, draw, list, tell } from "./transcript.js";

const box = composer.querySelector("textarea");

on("edit", async (link, event) => {
  event.preventDefault();
  const question = link.closest(".message");
  try {
    const { html } = await get(link.href);
    if (question.classList.contains("editing")) return;
    question.classList.add("editing");
    question.append(nodes(html));
    const text = question.querySelector("[data-edit] textarea");
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  } catch (error) {
    complain(error.message);
  }
});

on("cancel-edit", (link, event) => {
  event.preventDefault();
  cancel(link.closest(".message"));
});

function cancel(question) {
  question.querySelector("[data-edit]").remove();
  question.classList.remove("editing");
  question.querySelector('[data-action="edit"]').focus();
}

list.addEventListener("keydown", (event) => {
  const form = event.target.closest("[data-edit]");
  if (!form || event.isComposing || event.keyCode === 229) return;
  if (event.key === "Escape") {
    event.preventDefault();
    cancel(form.closest(".message"));
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});

list.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-edit]")) ask(form);
  else if (form.matches("[data-versions]")) turn(form.closest(".message"), event.submitter);
  else return;
  event.preventDefault();
});

async function ask(form) {
  const button = form.querySelector("[type=submit]");
  if (button.disabled) return;
  button.disabled = true;
  calm();
  try {
    const { html, response } = await post(form.action, new FormData(form));
    const conversation = response.headers.get("X-Conversation");
    draw(html);
    toEnd();
    box.focus({ preventScroll: true });
    tell(conversation);
    refreshChats(conversation);
  } catch (error) {
    button.disabled = false;
    complain(error.message);
  }
}

async function turn(message, button) {
  const place = [...list.querySelectorAll(".message")].indexOf(message);
  calm();
  try {
    const { html } = await post(button.formAction);
    draw(html);
    tell(composer.elements.conversation.value);
    // The reader stays at the arrow that was pressed, or at its neighbour if that was the last.
    const arrows = list.querySelectorAll(".message")[place]?.querySelector("[data-versions]");
    const again = arrows?.querySelector(`[data-step="${button.dataset.step}"]:enabled`);
    (again ?? arrows?.querySelector("button:enabled"))?.focus();
  } catch (error) {
    complain(error.message);
  }
}

box.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowUp" || event.altKey || box.value || isRunning()) return;
  const last = [...list.querySelectorAll('[data-action="edit"]')].at(-1);
  if (!last) return;
  event.preventDefault();
  last.click();
});

document.addEventListener("submit", async (event) => {
  if (!event.target.matches("[data-fork]")) return;
  event.preventDefault();
  try {
    const { response } = await post(event.target.action);
    location.assign(chatUrl(response.headers.get("X-Conversation")));
  } catch (error) {
    complain(error.message);
  }
});
