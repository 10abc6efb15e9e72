/* Questions to go on with come a moment after their answer.
   Usage: <div data-follow-ups="URL"> under each answer; news.js tells of them. */
import { get, nodes } from "./http.js";

// Answers of which was told before their end had come to this page, over another connection.
const early = new Set();

async function look(message) {
  const place = document.getElementById(`message-${message}`)?.querySelector("[data-follow-ups]");
  if (!place) early.add(message);
  if (!place || place.firstElementChild) return;
  try {
    place.replaceChildren(nodes((await get(place.dataset.followUps)).html));
  } catch {
    // They are there when the page is loaded next.
  }
}

document.addEventListener("suggested", ({ detail }) => look(detail));
// What was told while nobody listened, or before anybody could, is asked for: of the answer that has
// ended on this page.
let ended = "";
document.addEventListener("answer-ended", () => {
  ended = document.querySelector("[data-messages] > .answer:last-child")?.id.replace("message-", "") ?? "";
  if (early.delete(ended)) look(ended);
});
document.addEventListener("listening", () => ended && look(ended));
