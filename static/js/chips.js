/* Chips over the box to write in: something that was added, how far it is, and a way to take it off.
   Usage: const chip = newChip(template, list, "a.pdf"); chip.done = run(chip, work);
   data-state is busy, ready or failed; the event "scope-changed" tells when one is taken off. */
import { say } from "./announce.js";

export const name = (chip) => chip.querySelector(".chip-name");
export const state = (chip) => chip.querySelector(".chip-state");

export function newChip(template, list, title) {
  const chip = template.content.firstElementChild.cloneNode(true);
  name(chip).textContent = title;
  chip.querySelector("[data-off]").addEventListener("click", () => {
    chip.remove();
    changed();
    list.closest("form").querySelector("textarea").focus();
  });
  list.append(chip);
  return chip;
}

/* A field of the form that sends the chip's id. */
export function withField(chip, id) {
  const field = document.createElement("input");
  field.type = "hidden";
  field.value = id;
  chip.append(field);
  return field;
}

export async function run(chip, work) {
  try {
    await work();
  } catch (error) {
    fail(chip, error.message);
  }
}

export function show(chip, now, text) {
  chip.dataset.state = now;
  chip.querySelector(".spinner").hidden = now !== "busy";
  state(chip).textContent = text;
}

export function fail(chip, message) {
  chip.querySelector("input")?.remove();
  show(chip, "failed", message);
  changed();
  say(message);
}

export function changed() {
  document.dispatchEvent(new Event("scope-changed"));
}
