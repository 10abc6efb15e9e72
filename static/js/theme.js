/* Light, dark or the system's colours. The choice is a cookie, so that the server sends the page
   in the right colours at once. Usage: <button data-action="theme" data-theme-choice="dark">. */
import { on } from "./actions.js";

const YEAR = 31536000;
const root = document.documentElement;

on("theme", (button) => {
  const choice = button.dataset.themeChoice;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${choice}; Path=/; Max-Age=${choice ? YEAR : 0}; SameSite=Lax${secure}`;
  if (choice) root.dataset.theme = choice;
  else delete root.dataset.theme;
  for (const other of document.querySelectorAll("button[data-theme-choice]")) {
    other.setAttribute("aria-pressed", String(other.dataset.themeChoice === choice));
  }
});
