/* Keyboard shortcuts of the chat: from message to message, copying. The box's own are in
   composer.js, those of every page in keys.js. */
const messages = document.querySelector("[data-messages]");
const box = document.querySelector("[data-composer] textarea");

const lastButton = (selector) => [...messages.querySelectorAll(selector)].at(-1);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || document.querySelector("dialog:modal")) return;
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    step(event.key === "ArrowUp" ? -1 : 1);
  } else if ((event.ctrlKey || event.metaKey) && event.shiftKey && !event.altKey) {
    // By the place of the key: with Shift held its character differs from keyboard to keyboard.
    const copies = { Comma: "[data-action=copy-message]", Semicolon: "[data-action=copy-code]" };
    const button = copies[event.code] && lastButton(copies[event.code]);
    if (!button) return;
    event.preventDefault();
    button.click();
  }
});

function step(by) {
  const all = [...messages.querySelectorAll(".message")];
  const at = all.indexOf(document.activeElement.closest?.(".message"));
  const next = at < 0 ? (by < 0 ? all.at(-1) : null) : all[at + by];
  if (!next) {
    if (by > 0) box.focus();
    return;
  }
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}
