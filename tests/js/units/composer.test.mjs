/* A draft is never lost, and a question that is sent again is asked only once. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { open, press } from "./page.mjs";

const FORM = `
  <form data-composer data-owner="ann" action="/chat/">
    <ul data-scope></ul><ul data-pictures="/api/attachments"></ul>
    <input name="conversation" value=""><input name="request_id">
    <select id="model"><option value="small">Small</option><option value="large">Large</option></select>
    <textarea name="content"></textarea><button data-enqueue>Next</button><button data-send>Send</button>
  </form>
  <template data-scope-chip></template><template data-picture-chip></template>`;
let composer, form, box, submits;

beforeEach(() => visit());

/* The page as it is loaded anew in the same tab, with what the tab keeps. */
async function visit({ conversation = "", id = "first", kept = {}, owner = "ann" } = {}) {
  const { load } = open(FORM);
  form = document.querySelector("form");
  form.dataset.owner = owner;
  form.elements.conversation.value = conversation;
  form.elements.request_id.value = id;
  box = form.querySelector("textarea");
  submits = 0;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submits += 1;
  });
  for (const [key, value] of Object.entries(kept)) sessionStorage.setItem(key, value);
  composer = await load("composer.js");
}

const comeBack = (more) => visit({ ...more, kept: { ...sessionStorage } });
const requestId = () => form.elements.request_id.value;

function write(text) {
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

test("a draft and the chosen model come back with the page", async () => {
  write("Half a question");
  document.getElementById("model").value = "large";
  document.getElementById("model").dispatchEvent(new Event("change"));
  await comeBack();
  assert.equal(box.value, "Half a question");
  assert.equal(document.getElementById("model").value, "large");
  assert.equal(composer.draft.sent, null);
});

test("a draft that was never sent takes the id of the page that it came back to", async () => {
  write("Half a question");
  await comeBack({ id: "second" });
  assert.equal(requestId(), "second");
});

test("every chat has a draft of its own, and an emptied box has none", async () => {
  write("For the new chat");
  await comeBack({ conversation: "c1" });
  assert.equal(box.value, "");
  write("For c1");
  await comeBack();
  assert.equal(box.value, "For the new chat");
  write("");
  await comeBack();
  assert.equal(composer.draft, null);
});

test("a draft is nobody else's who signs in in the same tab, and is gone then", async () => {
  write("For the new chat");
  await comeBack({ conversation: "c1" });
  write("For c1");
  await comeBack({ owner: "bob" });
  assert.equal(box.value, "");
  assert.equal(sessionStorage.length, 0);
  await comeBack();
  assert.equal(box.value, "");
});

test("a question that was on its way when the page went keeps its id", async () => {
  composer.takeOut("When?");
  assert.equal(box.value, "");
  await comeBack({ id: "second" });
  assert.equal(box.value, "When?");
  assert.equal(requestId(), "first");
});

test("what could not be sent comes back before what was written since, under the same id", () => {
  composer.takeOut("When?");
  write("And where?");
  composer.putBack("When?");
  assert.equal(box.value, "When?\nAnd where?");
  composer.takeOut("When?");
  assert.equal(requestId(), "first");
});

test("another text is another question", () => {
  composer.takeOut("When?");
  composer.putBack("When?");
  composer.takeOut("Where?");
  assert.notEqual(requestId(), "first");
});

test("an accepted question leaves no draft, and the next one has another id", async () => {
  composer.takeOut("When?");
  composer.accepted();
  assert.notEqual(requestId(), "first");
  assert.equal(sessionStorage.length, 0);
  await comeBack();
  assert.equal(box.value, "");
});

test("a model that is gone is not chosen again", async () => {
  const kept = { "draft:ann:new": '{"text": "x", "sent": null, "id": "first", "model": "retired"}' };
  await visit({ kept });
  assert.equal(box.value, "x");
  assert.equal(document.getElementById("model").value, "small");
});

test("Enter sends, and Shift+Enter makes a new line", () => {
  assert.equal(press(box, "Enter"), true);
  assert.equal(press(box, "Enter", { shiftKey: true }), false);
  assert.equal(submits, 1);
});

test("Enter that finishes a syllable of an input method sends nothing", () => {
  press(box, "Enter", { isComposing: true });
  press(box, "Enter", { keyCode: 229 });
  assert.equal(submits, 0);
});

test("while an answer is being made Enter asks next, with Ctrl at once, and Escape stops it", () => {
  const [next, send] = form.querySelectorAll("button");
  const by = [];
  form.addEventListener("submit", ({ submitter }) => by.push([submitter, submitter.value]));
  composer.setRunning("/stop/");
  press(box, "Enter");
  press(box, "Enter", { ctrlKey: true });
  press(document.body, "Escape");
  assert.deepEqual(by, [[next, ""], [next, "urgent"], [send, ""]]);
  assert.equal(send.getAttribute("formaction"), "/stop/");
  composer.setRunning("");
  press(document.body, "Escape");
  assert.equal(submits, 3);
});
