/* Adds files from the chat: by button, by dropping, by pasting, a long text too. A picture goes with
   the question; what else there is becomes one of the user's documents, a chip over the box that
   tells how far the server is with reading it. What is asked meanwhile waits for both.
   Usage: <input type="file" data-attach="URL of the API's documents">; await settled(). */
import { say, words } from "./announce.js";
import { fail, name, newChip as chipOf, run, show, state, withField } from "./chips.js";
import { draft } from "./composer.js";
import { post } from "./http.js";
import { add as addPicture, isPicture, resume as resumePicture } from "./pictures.js";
import { choose, chosen, clear, limitTo, list } from "./scope.js";

const LOOK_EVERY = 1500;
// A longer text is a document: what it says is searched, where the question would be lost in it.
const LONG_PASTE = 4000;
const input = document.querySelector("[data-attach]");
const template = document.querySelector("[data-chip]");
const cover = document.querySelector("[data-drop-cover]");
const area = cover.parentElement;
let inside = 0;

/* When everything that was added has been read. Throws an Error if something cannot be. */
export async function settled() {
  const waiting = [...list.closest("form").querySelectorAll('[data-state="busy"]')];
  await Promise.all(waiting.map((chip) => chip.done));
  const failed = waiting.find((chip) => chip.isConnected && chip.dataset.state === "failed");
  if (failed) throw new Error(`${name(failed).textContent}: ${state(failed).textContent}`);
}

function addAll(files) {
  for (const file of files) {
    if (isPicture(file)) addPicture(file);
    else add(file);
  }
}

function add(file) {
  const chip = newChip(file.name);
  show(chip, "busy", words.uploading);
  chip.done = run(chip, async () => {
    const body = new FormData();
    body.set("file", file);
    const { html } = await post(input.dataset.attach, body);
    const document_ = JSON.parse(html);
    if (!chip.isConnected) return;
    limitToIt(chip, document_.id, document_.title);
    await watch(chip, document_);
  });
}

/* A document that was added before the page was loaded, and may still be on its way. */
function resume(id, title) {
  const chip = newChip(title);
  show(chip, "busy", words.reading);
  limitToIt(chip, id, title);
  chip.done = run(chip, async () => watch(chip, await look(id)));
}

const newChip = (title) => chipOf(template, list, title);

function limitToIt(chip, id, title) {
  name(chip).textContent = title;
  limitTo("document", withField(chip, id));
}

async function watch(chip, document_) {
  let known = document_;
  while (chip.isConnected && known.status !== "ready" && known.status !== "failed") {
    show(chip, "busy", `${words.reading} ${Math.round(known.progress * 100)} %`);
    await new Promise((wake) => setTimeout(wake, LOOK_EVERY));
    known = (await look(known.id)) ?? known;
  }
  if (known.status === "failed") fail(chip, known.failure.message);
  else if (known.status === "ready") {
    show(chip, "ready", words.ready);
    say(`${known.title}: ${words.ready}`);
  }
}

/* What has become of a document; null if the server cannot say it at the moment. */
async function look(id) {
  const response = await fetch(`${input.dataset.attach}/${id}`);
  if (response.ok) return response.json();
  if (response.status < 500) throw new Error(words.failed);
  return null;
}

input.addEventListener("change", () => {
  addAll(input.files);
  input.value = "";
});

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
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const intoBox = event.target.matches?.("[data-composer] textarea");
  if (files.length) addAll(files);
  else if (intoBox && text.length > LONG_PASTE) add(asFile(text));
  else return;
  event.preventDefault();
});

// The time makes it a document of its own: one of the same name would be its next version.
function asFile(text) {
  const time = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
  return new File([text], `${words.pasted} ${time}.txt`, { type: "text/plain" });
}

// An upload ends with its page; what the server has is found again.
addEventListener("beforeunload", (event) => {
  const form = list.closest("form");
  if (form.querySelector('[data-state="busy"]:not(:has(input))')) event.preventDefault();
});

const named = /[?&](collection|document)=/.test(location.search);
if (draft?.scope && !named) {
  const shown = chosen();
  clear();
  for (const { name: kind, id, title } of draft.scope) {
    if (kind === "document" && !shown.some((each) => each.id === id)) resume(id, title);
    else choose(kind, id, title);
  }
}
for (const { id, title } of draft?.pictures ?? []) resumePicture(id, title);
