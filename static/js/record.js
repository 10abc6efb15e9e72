/* Dictation: what is said is written down by the server and put into the box, to be read before it
   is sent. Esc discards it; what could not be written down is kept to try again.
   Usage: <button data-action="record" data-transcribe="URL of the API's transcriptions">,
   <div data-recording> with the state, a meter and the time. */
import { on } from "./actions.js";
import { complain, say, words } from "./announce.js";
import { form } from "./composer.js";
import { post } from "./http.js";

const MOST_SECONDS = 300;
const LOOK_EVERY = 100;
// What browsers can write, and by which name the server knows it.
const KINDS = { "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg" };
const button = document.querySelector('[data-action="record"]');
const bar = document.querySelector("[data-recording]");
const kind = Object.keys(KINDS).find((each) => window.MediaRecorder?.isTypeSupported(each));
let recorder = null;
let watching = null;
let kept = null;

// Browsers let a page hear only over TLS, or on the machine itself.
if (button && kind && navigator.mediaDevices) button.hidden = false;

on("record", () => {
  if (recorder) recorder.stop();
  else if (!button.disabled) start();
});

on("record-again", () => writeDown(kept));
on("record-cancel", discard);

// Before the composer hears of it, for whom Esc stops an answer.
const onEscape = (event) => {
  if (event.key !== "Escape" || !recorder) return;
  event.preventDefault();
  discard();
};
document.addEventListener("keydown", onEscape, true);

async function start() {
  let stream;
  button.disabled = true;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    complain(error.name === "NotFoundError" ? words.micMissing : words.micRefused);
    return;
  } finally {
    button.disabled = false;
  }
  const pieces = [];
  recorder = new MediaRecorder(stream, { mimeType: kind });
  recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
  recorder.addEventListener("stop", () => {
    const heard = recorder !== null;
    end(stream);
    if (heard) writeDown(new Blob(pieces, { type: kind }));
  });
  recorder.start();
  tell(words.listening, true);
  say(words.listening);
  watch(stream);
}

/* Loudness and time, until the end. */
function watch(stream) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  const samples = new Float32Array(analyser.fftSize);
  const began = performance.now();
  context.createMediaStreamSource(stream).connect(analyser);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, each) => sum + each * each, 0) / samples.length;
    const seconds = Math.floor((performance.now() - began) / 1000);
    bar.querySelector("meter").value = Math.min(Math.sqrt(power) * 4, 1);
    show("time", `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
    if (seconds >= MOST_SECONDS) recorder?.stop();
  }, LOOK_EVERY);
  watching = () => {
    clearInterval(timer);
    context.close();
  };
}

function end(stream) {
  for (const track of stream.getTracks()) track.stop();
  watching?.();
  watching = recorder = null;
  mark(false);
}

function discard() {
  const was = recorder;
  recorder = kept = null;
  bar.hidden = true;
  was?.stop();
  form.querySelector("textarea").focus();
}

async function writeDown(recording) {
  kept = recording;
  button.disabled = true;
  tell(words.writingDown, false);
  say(words.writingDown);
  try {
    const body = new FormData();
    body.set("file", recording, `dictation.${KINDS[kind]}`);
    const { html } = await post(button.dataset.transcribe, body);
    // It was discarded meanwhile.
    if (kept !== recording) return;
    kept = null;
    bar.hidden = true;
    put(JSON.parse(html).text);
  } catch (error) {
    if (kept !== recording) return;
    tell(error.message, false);
    bar.querySelector('[data-action="record-again"]').hidden = false;
    say(error.message);
  } finally {
    button.disabled = false;
  }
}

function put(text) {
  const box = form.querySelector("textarea");
  box.focus();
  if (!text) {
    complain(words.nothingHeard);
    return;
  }
  const before = box.value.slice(0, box.selectionStart);
  const gap = before && !/\s$/.test(before) ? " " : "";
  box.setRangeText(gap + text, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  say(words.writtenDown);
}

function tell(text, hears) {
  bar.hidden = false;
  show("state", text);
  bar.querySelector('[data-action="record-again"]').hidden = true;
  bar.toggleAttribute("data-hears", hears);
  mark(hears);
}

function mark(hears) {
  button.setAttribute("aria-pressed", String(hears));
  button.setAttribute("aria-label", hears ? words.dictateStop : words.dictate);
  button.title = hears ? words.dictateStop : words.dictate;
  button.querySelector("use").setAttribute("href", hears ? "#icon-stop" : "#icon-microphone");
}

function show(part, text) {
  bar.querySelector(`[data-part="${part}"]`).textContent = text;
}
