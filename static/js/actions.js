/* One click handler for the whole page.
   Usage: <button data-action="copy-code">, and on("copy-code", (element, event) => ...). */
const handlers = new Map();

export function on(name, handler) {
  handlers.set(name, handler);
}

document.addEventListener("click", (event) => {
  const element = event.target.closest?.("[data-action]");
  handlers.get(element?.dataset.action)?.(element, event);
});
