/* Tells screen readers what happens, and everybody what went wrong (includes/_live.html).
   Usage: say(words.copied); complain(words.failed); */
const CLEAR_AFTER = 8000;
const status = document.getElementById("live-status");
const alert = document.getElementById("live-alert");
let clearing;

export const words = document.getElementById("words").dataset;

export function say(text) {
  fill(status, text);
}

export function complain(text) {
  fill(alert, text);
  clearTimeout(clearing);
  clearing = setTimeout(() => alert.replaceChildren(), CLEAR_AFTER);
}

export function calm() {
  alert.replaceChildren();
}

// Emptied first, so that the same words are spoken again.
function fill(element, text) {
  element.textContent = "";
  setTimeout(() => (element.textContent = text), 50);
}
