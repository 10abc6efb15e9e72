/* Questions to go on with come a moment after their answer.
   Usage: <div data-follow-ups="URL"> under each answer; news.js tells of them. */
import { get, nodes } from "./http.js";

async function look(message) {
  const place = document.getElementById(`message-${message}`)?.querySelector("[data-follow-ups]");
  if (!place || place.firstElementChild) return;
  try {
    place.replaceChildren(nodes((await get(place.dataset.followUps)).html));
  } catch {
    // They are there when the page is loaded next.
  }
}

document.addEventListener("suggested", ({ detail }) => look(detail));
// A page that nobody looked at has heard of nothing.
document.addEventListener("visibilitychange", () => {
  const last = document.querySelector("[data-messages] > .answer:last-child");
  if (!document.hidden && last?.id) look(last.id.replace("message-", ""));
});
