/* Pictures that a question is about: uploaded at once, each a chip with a small copy of itself. For
   a model that cannot see, the words in them can be sent instead.
   Usage: <ul data-pictures="URL of the API's attachments">, <template data-picture-chip>;
   isPicture(file), add(file), resume(id, title), chosenPictures(), clearPictures(). */
import { say, words } from "./announce.js";
import { changed, name, newChip, run, show, withField } from "./chips.js";
import { post } from "./http.js";

const KINDS = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const list = document.querySelector("[data-pictures]");
const template = document.querySelector("[data-picture-chip]");
const model = document.getElementById("model");
const address = list.dataset.pictures;

export const isPicture = (file) => KINDS.has(file.type);

export function chosenPictures() {
  return [...list.querySelectorAll("input")].map((field) => ({
    id: field.value,
    title: name(field.closest("li")).textContent,
  }));
}

export function clearPictures() {
  list.replaceChildren();
}

export function add(file) {
  const chip = newChip(template, list, file.name);
  show(chip, "busy", words.uploading);
  chip.done = run(chip, async () => {
    const body = new FormData();
    body.set("file", file);
    const { html } = await post(address, body);
    const { id, text } = JSON.parse(html);
    if (chip.isConnected) tie(chip, id, text);
  });
}

/* A picture that was uploaded before the page was loaded. */
export function resume(id, title) {
  if (chosenPictures().some((each) => each.id === id)) return;
  tie(newChip(template, list, title), id, null);
}

function tie(chip, id, text) {
  const image = new Image(32, 32);
  image.alt = "";
  image.src = `${address}/${id}`;
  chip.prepend(image);
  withField(chip, id).name = "attachment";
  if (text !== null) chip.dataset.read = "";
  chip.querySelector("[data-words]").addEventListener("click", () => {
    chip.done = run(chip, () => read(chip, id));
  });
  tell(chip);
  changed();
}

async function read(chip, id) {
  chip.querySelector("[data-words]").hidden = true;
  show(chip, "busy", words.reading);
  const { html } = await post(`${address}/${id}/text`, new FormData());
  const found = JSON.parse(html).text;
  chip.dataset.read = "";
  tell(chip);
  if (!found) show(chip, "ready", words.noWords);
  say(`${name(chip).textContent}: ${chip.querySelector(".chip-state").textContent}`);
}

/* What becomes of a picture with the model that is chosen. */
function tell(chip) {
  const isBlind = blind();
  const isRead = "read" in chip.dataset;
  chip.querySelector("[data-words]").hidden = !isBlind || isRead;
  if (!isBlind) show(chip, "ready", words.ready);
  else show(chip, "ready", isRead ? words.inWords : words.cannotSee);
}

function blind() {
  const shown = model?.selectedOptions[0] ?? document.querySelector("[data-model]");
  return Boolean(shown?.hasAttribute("data-blind"));
}

model?.addEventListener("change", () => {
  for (const chip of list.querySelectorAll('[data-state="ready"]')) tell(chip);
});
