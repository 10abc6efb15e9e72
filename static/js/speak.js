/* Reads an answer aloud with a voice of the browser; a second press stops.
   Usage: <button data-action="speak"> in [data-answer]; shown only where there is such a voice. */
import { on } from "./actions.js";
import { words } from "./announce.js";

const LEFT_OUT = ".code, .math, .cite, .table-scroll";
const voice = window.speechSynthesis;
let pressed = null;

if (voice) document.documentElement.dataset.speaks = "";

on("speak", (button) => {
  const was = pressed;
  voice.cancel();
  end();
  if (was === button) return;
  const text = button.closest("[data-answer]").querySelector(".prose").cloneNode(true);
  for (const element of text.querySelectorAll(LEFT_OUT)) element.remove();
  const said = new SpeechSynthesisUtterance(text.textContent.trim());
  said.lang = languageOf(said.text);
  said.addEventListener("end", () => pressed === button && end());
  said.addEventListener("error", () => pressed === button && end());
  pressed = button;
  mark(button, true);
  voice.speak(said);
});

function end() {
  if (pressed) mark(pressed, false);
  pressed = null;
}

function mark(button, speaks) {
  button.setAttribute("aria-pressed", String(speaks));
  button.setAttribute("aria-label", speaks ? words.speakStop : words.speak);
  button.querySelector("use").setAttribute("href", speaks ? "#icon-stop" : "#icon-speaker");
}

/* The answer's language by its script, else the page's. */
function languageOf(text) {
  if (/\p{Script=Hangul}/u.test(text)) return "ko";
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) return "ja";
  if (/\p{Script=Han}/u.test(text)) return "zh";
  return document.documentElement.lang;
}

addEventListener("pagehide", () => voice?.cancel());
