/* The questions that wait for the answer that is being made. The server keeps and asks them; this
   shows them. Usage: <div data-queue>; enqueue(text, urgent); <form data-queued> in it. */
import { calm, complain, say, words } from "./announce.js";
import { settled } from "./attach.js";
import { refreshChats } from "./chats.js";
import { accepted, form, putBack, takeOut } from "./composer.js";
import { get, nodes, post } from "./http.js";
import { clearPictures } from "./pictures.js";

const place = document.querySelector("[data-queue]");
const chat = () => form.elements.conversation.value;
const url = (what) => `${document.querySelector("[data-chat]").dataset.url}${chat()}/${what}/`;
// One after the other, so that they are asked in the order in which they were written.
let before = Promise.resolve();

export function enqueue(text, urgent) {
  if (!text.trim()) return;
  takeOut(text);
  const id = form.elements.request_id.value;
  before = before.then(() => keep(text, id, urgent));
}

async function keep(text, id, urgent) {
  calm();
  try {
    await settled();
    const body = new FormData(form);
    body.set("content", text);
    body.set("request_id", id);
    if (urgent) body.set("urgent", "1");
    const { html } = await post(url("enqueue"), body);
    accepted();
    clearPictures();
    draw(html);
    say(words.queued);
    refreshChats(chat());
  } catch (error) {
    putBack(text);
    complain(error.message);
  }
}

function draw(html) {
  // Not while somebody rewords one.
  if (!place.querySelector("details[open]")) place.replaceChildren(nodes(html));
}

const shown = () => place.querySelector("[data-state]")?.dataset.state ?? "";

async function refresh() {
  try {
    draw((await get(url("queue"))).html);
  } catch {
    // The next answer brings another look.
  }
}

document.addEventListener("submit", async (event) => {
  const asked = event.target;
  if (!asked.matches("[data-queued]")) return;
  event.preventDefault();
  const body = new FormData(asked, event.submitter);
  try {
    const { html } = await post(asked.action, body);
    place.replaceChildren(nodes(html));
    form.querySelector("textarea").focus();
    refreshChats(chat());
  } catch (error) {
    if (body.get("content")) putBack(body.get("content"));
    asked.closest("details")?.removeAttribute("open");
    complain(error.message);
    refresh();
  }
});

for (const what of ["chat-went-on", "answer-ended"]) {
  document.addEventListener(what, () => place.firstElementChild && refresh());
}
/* What other windows have wait, or take back. */
document.addEventListener("queue-told", ({ detail }) => detail !== shown() && refresh());
