/* Adds files to the user's documents from the chat: by button, by dropping, by pasting. Each is a
   chip over the box that tells how far the server is with reading it.
   Usage: <input type="file" data-attach="URL of the API's documents">, <ul data-chips>. */
import { say, words } from "./announce.js";
import { post } from "./http.js";

const LOOK_EVERY = 1500;
const input = document.querySelector("[data-attach]");
const chips = document.querySelector("[data-chips]");
const template = document.querySelector("[data-chip]");
const cover = document.querySelector("[data-drop-cover]");
const area = cover.parentElement;
let inside = 0;

input.addEventListener("change", () => {
  addAll(input.files);
  input.value = "";
});

function addAll(files) {
  for (const file of files) add(file);
}

async function add(file) {
  const chip = template.content.firstElementChild.cloneNode(true);
  chip.querySelector(".chip-name").textContent = file.name;
  chip.querySelector("button").addEventListener("click", () => chip.remove());
  chips.append(chip);
  show(chip, "busy", words.uploading);
  const body = new FormData();
  body.set("file", file);
  try {
    const { html } = await post(input.dataset.attach, body);
    await watch(chip, JSON.parse(html));
  } catch (error) {
    fail(chip, error.message);
  }
}

async function watch(chip, document_) {
  let known = document_;
  while (chip.isConnected && known.status !== "ready" && known.status !== "failed") {
    show(chip, "busy", `${words.reading} ${Math.round(known.progress * 100)} %`);
    await new Promise((wake) => setTimeout(wake, LOOK_EVERY));
    const response = await fetch(`${input.dataset.attach}/${known.id}`);
    if (response.ok) known = await response.json();
    else if (response.status < 500) throw new Error(words.failed);
  }
  if (known.status === "failed") fail(chip, known.failure.message);
  else if (known.status === "ready") {
    show(chip, "ready", words.ready);
    say(`${known.title}: ${words.ready}`);
  }
}

function show(chip, state, text) {
  chip.dataset.state = state;
  chip.querySelector(".spinner").hidden = state !== "busy";
  chip.querySelector(".chip-state").textContent = text;
}

function fail(chip, message) {
  show(chip, "failed", message);
  say(message);
}

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

area.addEventListener("dragenter", (event) => {
  if (!hasFiles(event)) return;
  inside += 1;
  cover.hidden = false;
});

area.addEventListener("dragleave", (event) => {
  if (!hasFiles(event)) return;
  inside -= 1;
  cover.hidden = inside > 0;
});

area.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());

area.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  inside = 0;
  cover.hidden = true;
  addAll(event.dataTransfer.files);
});

document.addEventListener("paste", (event) => {
  const files = event.clipboardData?.files ?? [];
  if (!files.length) return;
  event.preventDefault();
  addAll(files);
});
