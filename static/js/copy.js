/* Copies a code block, or an answer as the model wrote it.
   Usage: <button data-action="copy-code"> in .code; <button data-action="copy-message" data-text="URL">;
   <button data-action="copy-field"><span data-word> beside an input in [data-field]. */
import { on } from "./actions.js";
import { complain, say, words } from "./announce.js";
import { get } from "./http.js";

const SHOWN = 1600;

on("copy-code", async (button) => {
  const code = button.closest(".code").querySelector("code").textContent;
  if (!(await copy(code))) return;
  const label = button.textContent;
  if (label === words.copied) return;
  button.textContent = words.copied;
  setTimeout(() => (button.textContent = label), SHOWN);
});

on("copy-field", async (button) => {
  const field = button.closest("[data-field]").querySelector("input");
  field.select();
  if (await copy(field.value)) button.querySelector("[data-word]").textContent = words.copied;
});

on("copy-message", async (button) => {
  try {
    const { html: text } = await get(button.dataset.text);
    if (!(await copy(text))) return;
  } catch (error) {
    complain(error.message);
    return;
  }
  const icon = button.querySelector("use");
  icon.setAttribute("href", "#icon-check");
  setTimeout(() => icon.setAttribute("href", "#icon-copy"), SHOWN);
});

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without TLS there is no clipboard interface; the old way still works there.
    if (!copyOldWay(text)) {
      complain(words.copyFailed);
      return false;
    }
  }
  say(words.copied);
  return true;
}

function copyOldWay(text) {
  const back = document.activeElement;
  const box = document.createElement("textarea");
  box.value = text;
  box.className = "sr";
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  back?.focus();
  return done;
}
