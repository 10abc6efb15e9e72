/* Fetches what a model thought when somebody opens it. Usage: <details data-thoughts="URL">. */
import { complain } from "./announce.js";
import { get } from "./http.js";

document.addEventListener(
  "toggle",
  async ({ target: details }) => {
    if (!details.open || !details.matches("[data-thoughts]")) return;
    const url = details.dataset.thoughts;
    delete details.dataset.thoughts;
    try {
      const { html: text } = await get(url);
      details.querySelector(".thoughts-text").textContent = text;
    } catch (error) {
      details.dataset.thoughts = url;
      details.open = false;
      complain(error.message);
    }
  },
  true,
);
