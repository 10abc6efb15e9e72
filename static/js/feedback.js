/* Opinions of answers without leaving the page.
   Usage: <form data-feedback> under an answer, or in the dialog with the message's id. */
import { complain, say, words } from "./announce.js";
import { nodes, post } from "./http.js";

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-feedback]")) return;
  event.preventDefault();
  const id = form.dataset.feedback;
  const place = id
    ? document.querySelector(`#message-${id} [data-rating]`)
    : form.closest("[data-rating]");
  const body = new FormData(form, event.submitter);
  try {
    const { html } = await post(form.action, body);
    place.replaceChildren(nodes(html));
    form.closest("dialog")?.close();
    place.querySelector(id ? "a" : "button").focus();
    say(words.thanks);
  } catch (error) {
    complain(error.message);
  }
});
