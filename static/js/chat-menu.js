/* One menu for all chats of the list, which is filled for the one whose button is pressed.
   Usage: equip(rows) after rows are drawn; their <a data-menu-link> becomes the menu's button.
   <template data-menu-of-chat> has the menu of the chat with the id 0, data-menu-of-pinned that of
   a pinned one. */
const NO_CHAT = "00000000-0000-0000-0000-000000000000";
const menu = document.getElementById("chat-menu");
const kinds = {
  chat: document.querySelector("template[data-menu-of-chat]"),
  pinned: document.querySelector("template[data-menu-of-pinned]"),
};

export const isMenuOpen = () => Boolean(menu?.matches(":popover-open"));

export function equip(rows) {
  for (const link of rows.querySelectorAll("[data-menu-link]")) link.replaceWith(buttonFor(link));
}

function buttonFor(link) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = link.className;
  button.ariaLabel = link.ariaLabel;
  button.setAttribute("popovertarget", menu.id);
  button.append(...link.childNodes);
  // Before the browser itself opens the menu at this button.
  button.addEventListener("click", () => fill(button.closest("[data-row-of]")));
  return button;
}

function fill(row) {
  const id = row.dataset.rowOf;
  const template = "pinned" in row.dataset ? kinds.pinned : kinds.chat;
  const items = template.content.cloneNode(true);
  for (const name of ["href", "formaction"]) {
    for (const item of items.querySelectorAll(`[${name}]`)) {
      item.setAttribute(name, item.getAttribute(name).replace(NO_CHAT, id));
    }
  }
  menu.dataset.rowOf = id;
  menu.replaceChildren(items);
  row.dataset.open = "";
}

menu?.addEventListener("toggle", ({ newState }) => {
  if (newState === "open") return;
  for (const row of document.querySelectorAll("[data-row-of][data-open]")) delete row.dataset.open;
});
