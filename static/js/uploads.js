/* Uploads each file by itself, with its progress; what cannot be taken keeps its reason on show.
   Usage: <form data-uploads="URL of the API's documents"> with a file input, a [data-upload-list]
   and a <template data-upload-item>. A "documents-changed" event tells the rows. */
import { say } from "./announce.js";

const form = document.querySelector("[data-uploads]");
const input = form.querySelector("[type=file]");
const list = form.querySelector("[data-upload-list]");
const item = form.querySelector("[data-upload-item]");
const AT_ONCE = 3;
const waiting = [];
let busy = 0;

input.addEventListener("change", () => addAll(input.files));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  input.click();
});

function addAll(files) {
  for (const file of files) waiting.push({ file, line: line(file.name) });
  input.value = "";
  next();
}

function line(name) {
  const made = item.content.firstElementChild.cloneNode(true);
  made.querySelector(".upload-name").textContent = name;
  list.append(made);
  return made;
}

async function next() {
  if (busy >= AT_ONCE || !waiting.length) return;
  busy += 1;
  const { file, line } = waiting.shift();
  next();
  try {
    await send(file, line);
    line.remove();
    say(file.name);
    document.dispatchEvent(new Event("documents-changed"));
  } catch (error) {
    line.dataset.failed = "";
    line.querySelector("progress").remove();
    line.querySelector(".upload-state").textContent = error.message;
  }
  busy -= 1;
  next();
}

// fetch tells nothing of how much has been sent.
function send(file, line) {
  const body = new FormData();
  body.set("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", form.dataset.uploads);
  request.setRequestHeader("X-CSRFToken", form.querySelector("[name=csrfmiddlewaretoken]").value);
  request.upload.addEventListener("progress", (event) => {
    line.querySelector("progress").value = event.loaded / event.total;
  });
  return new Promise((done, failed) => {
    const words = document.getElementById("words").dataset;
    request.addEventListener("error", () => failed(new Error(words.offline)));
    request.addEventListener("load", () => {
      if (request.status === 202) done();
      else failed(new Error(reason(request.responseText) || words.failed));
    });
    request.send(body);
  });
}

function reason(text) {
  try {
    return JSON.parse(text).error.message;
  } catch {
    return "";
  }
}

form.addEventListener("dragover", (event) => {
  event.preventDefault();
  form.dataset.over = "";
});
form.addEventListener("dragleave", () => delete form.dataset.over);
form.addEventListener("drop", (event) => {
  event.preventDefault();
  delete form.dataset.over;
  addAll(event.dataTransfer.files);
});
