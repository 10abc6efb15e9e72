/* Reads an answer aloud, by the server's service if there is one, else with a voice of the browser; a
   second press stops.
   Usage: <button data-action="speak" data-speech="URL of the sound, if any"> in [data-answer]; shown
   only where something can speak. */
import { on } from "./actions.js";
import { complain, words } from "./announce.js";

const LEFT_OUT = ".code, .math, .cite, .table-scroll";
const voice = window.speechSynthesis;
let pressed = null;
let sound = null;

if (voice || document.querySelector("[data-speech-service]")) document.documentElement.dataset.speaks = "";

on("speak", (button) => {
  const was = pressed;
  silence();
  end();
  if (was === button) return;
  if (button.dataset.speech) play(button);
  else speak(button);
});

function play(button) {
  sound = new Audio(button.dataset.speech);
  sound.addEventListener("ended", () => pressed === button && end());
  sound.addEventListener("error", () => pressed === button && fail());
  pressed = button;
  mark(button, true);
  sound.play().catch(() => pressed === button && fail());
}

function fail() {
  end();
  complain(words.failed);
}

function silence() {
  voice?.cancel();
  sound?.pause();
  sound = null;
}

function speak(button) {
  const text = button.closest("[data-answer]").querySelector(".prose").cloneNode(true);
  for (const element of text.querySelectorAll(LEFT_OUT)) element.remove();
  const said = new SpeechSynthesisUtterance(text.textContent.trim());
  said.lang = languageOf(said.text);
  said.addEventListener("end", () => pressed === button && end());
  said.addEventListener("error", () => pressed === button && end());
  pressed = button;
  mark(button, true);
  voice.speak(said);
}

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

addEventListener("pagehide", silence);
