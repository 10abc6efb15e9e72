/* Tells of an answer that is ready while nobody looks: the window's title says so, and a notification
   does where somebody has switched that on in the settings of this browser, which is when it is asked
   whether it may. Usage: <button data-notices> with a text for each state in its data. */
import { on } from "./actions.js";
import { words } from "./announce.js";

const ON = "notices";
const button = document.querySelector("[data-notices]");
let plain = null;

const isOn = () => localStorage.getItem(ON) === "on" && globalThis.Notification?.permission === "granted";

function draw() {
  if (!button) return;
  const refused = !globalThis.Notification || Notification.permission === "denied";
  button.disabled = refused;
  button.setAttribute("aria-pressed", isOn());
  button.textContent = refused ? button.dataset.refused : isOn() ? button.dataset.off : button.dataset.on;
}

on("notices", async () => {
  const wants = !isOn();
  if (wants) await Notification.requestPermission();
  localStorage.setItem(ON, wants ? "on" : "off");
  draw();
});

async function notify(title) {
  const options = { body: title, tag: location.pathname, icon: document.querySelector("[rel=apple-touch-icon]")?.href };
  const registration = await navigator.serviceWorker?.getRegistration();
  // Phones show none without a worker.
  if (registration) return registration.showNotification(words.answerReady, { ...options, data: location.href });
  const notice = new Notification(words.answerReady, options);
  notice.addEventListener("click", () => {
    focus();
    notice.close();
  });
}

document.addEventListener("answer-ended", () => {
  if (!document.hidden) return;
  plain ??= document.title;
  document.title = `\u2713 ${words.answerReady} \u00b7 ${plain}`;
  if (isOn()) notify(plain).catch(() => {});
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden || plain === null) return;
  document.title = plain;
  plain = null;
});

draw();
