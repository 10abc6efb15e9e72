/* Shortcuts take no key from whoever is writing, and "#" and "/" only where they mean something. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { open, press, serve, settle } from "./page.mjs";

const PAGE = `
  <a data-keys data-home="/chat/" href="/keys/"></a><dialog id="dialog"></dialog>
  <dialog id="palette"><input><div role="listbox" data-options="/palette/"></div></dialog>
  <form data-composer><ul data-scope></ul><ul data-pictures></ul>
    <input name="conversation"><input name="request_id"><textarea></textarea><button data-send></button>
    <div id="suggest" role="listbox" hidden data-library="/library/" data-prompts="/prompts/"></div></form>
  <template data-scope-chip></template>`;
let box, requests;

beforeEach(async () => {
  const { load } = open(PAGE);
  requests = serve(() => ({ text: '<div role="option" id="o1" data-text="Sum up [topic] now">Sum up</div>' }));
  await load("keys.js");
  await load("suggest.js");
  box = document.querySelector("textarea");
});

const asked = () => requests.map((each) => each.address);

async function write(text) {
  box.value = text;
  box.setSelectionRange(text.length, text.length);
  box.dispatchEvent(new Event("input"));
  await settle();
  await settle();
}

test('"?" opens the list of keys, but is a sign like others while somebody writes', async () => {
  assert.equal(press(box, "?"), false);
  assert.equal(press(document.body, "?", { ctrlKey: true }), false);
  assert.equal(press(document.body, "?"), true);
  await settle();
  assert.deepEqual(asked(), ["https://example.org/keys/"]);
});

test("keys of one sign can be switched off, those with Ctrl stay", () => {
  localStorage.setItem("single-key", "off");
  assert.equal(press(document.body, "?"), false);
  assert.equal(press(box, "/", { ctrlKey: true }), true);
  assert.equal(press(box, "k", { metaKey: true }), true);
  assert.equal(press(box, "k"), false);
  assert.equal(press(box, "k", { ctrlKey: true, altKey: true }), false);
});

test('"/" suggests prompts at the beginning of the box only', async () => {
  await write("/su");
  await write("and/or");
  await write("Either\n/su");
  assert.deepEqual(asked(), ["/prompts/?q=su"]);
});

test('"#" suggests documents at the beginning of a word only', async () => {
  for (const text of ["#", "see #har", "C#", "a #b c", "##"]) await write(text);
  assert.deepEqual(asked(), ["/library/?q=", "/library/?q=har"]);
});

test("Escape closes the suggestions and leaves the text", async () => {
  await write("/su");
  const list = document.getElementById("suggest");
  assert.equal(list.hidden, false);
  press(box, "Escape");
  assert.equal(list.hidden, true);
  assert.equal(box.value, "/su");
});

test("a prompt takes the place of what was typed, and its gap is marked to be filled", async () => {
  await write("/su");
  press(box, "Enter");
  await settle();
  assert.equal(box.value, "Sum up [topic] now");
  assert.equal(box.value.slice(box.selectionStart, box.selectionEnd), "[topic]");
});
