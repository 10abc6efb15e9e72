/* Uploads each file by itself, with its progress. A file that cannot be taken stays on show with
   the reason, to be tried again or put away; nothing that was chosen is lost.
   Usage: <form data-uploads="URL of the API's documents" data-summary="... {added} ... {failed}">
   with a file input, perhaps fields "collection" and "metadata", a [data-upload-list] and a <template data-upload-item>. The event
   "documents-changed" tells the rows. */
import { on } from "./actions.js";
import { complain, say, words } from "./announce.js";

const AT_ONCE = 3;
// Status codes after which the same file may be taken the next time; 0 is no answer at all.
const PASSING = new Set([0, 408, 429, 500, 502, 503, 504]);

const form = document.querySelector("[data-uploads]");
const input = form.querySelector("[type=file]");
const list = form.querySelector("[data-upload-list]");
const item = form.querySelector("[data-upload-item]");
const files = new WeakMap();
const waiting = [];
let busy = 0;
let added = 0;
let failed = 0;

// The button opens the chooser, so the form needs no file to be sent.
input.required = false;
input.addEventListener("change", () => addAll(input.files));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  input.click();
});

function addAll(chosen) {
  for (const file of chosen) {
    const line = item.content.firstElementChild.cloneNode(true);
    line.querySelector(".upload-name").textContent = file.name;
    files.set(line, file);
    list.append(line);
    waiting.push(line);
  }
  input.value = "";
  next();
}

function next() {
  while (busy < AT_ONCE && waiting.length) upload(waiting.shift());
  if (busy || added + failed === 0) return;
  const summary = form.dataset.summary.replace("{added}", added).replace("{failed}", failed);
  if (failed) complain(summary);
  else say(summary);
  added = failed = 0;
}

async function upload(line) {
  busy += 1;
  const { status, reason } = await send(files.get(line), line.querySelector("progress"));
  if (reason === "") {
    added += 1;
    line.remove();
    document.dispatchEvent(new Event("documents-changed"));
  } else {
    failed += 1;
    line.dataset.failed = PASSING.has(status) ? "again" : "";
    line.querySelector(".upload-state").textContent = reason;
  }
  busy -= 1;
  next();
}

// fetch tells nothing of how much has been sent.
function send(file, progress) {
  const body = new FormData();
  body.set("file", file);
  const into = form.elements.collection?.value;
  if (into) body.set("collection", into);
  const metadata = form.elements.metadata?.value.trim();
  if (metadata) body.set("metadata", metadata);
  const request = new XMLHttpRequest();
  request.open("POST", form.dataset.uploads);
  request.setRequestHeader("X-CSRFToken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    // All sent: what the server still does with it cannot be measured.
    if (loaded < total) progress.value = loaded / total;
    else progress.removeAttribute("value");
  });
  return new Promise((done) => {
    const end = (reason) => done({ status: request.status, reason });
    request.addEventListener("error", () => end(form.dataset.offline));
    request.addEventListener("load", () => end(request.status === 202 ? "" : reason(request)));
    request.send(body);
  });
}

function reason(request) {
  try {
    return JSON.parse(request.responseText).error.message || words.failed;
  } catch {
    return words.failed;
  }
}

on("upload-again", (button) => {
  const line = button.closest("li");
  delete line.dataset.failed;
  line.querySelector(".upload-state").textContent = "";
  line.querySelector("progress").value = 0;
  waiting.push(line);
  next();
});

on("upload-away", (button) => {
  const line = button.closest("li");
  const near = (line.nextElementSibling ?? line.previousElementSibling)?.querySelector("button");
  (near ?? form.querySelector("[type=submit]")).focus();
  line.remove();
});

form.addEventListener("dragover", (event) => {
  event.preventDefault();
  form.dataset.over = "";
});
form.addEventListener("dragleave", (event) => {
  if (!form.contains(event.relatedTarget)) delete form.dataset.over;
});
form.addEventListener("drop", (event) => {
  event.preventDefault();
  delete form.dataset.over;
  addAll(event.dataTransfer.files);
});
