/* No file that was chosen is lost: it is uploaded, or stays on show with the reason. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { open, settle } from "./page.mjs";

const FORM = `
  <form data-uploads="/api/documents" data-offline="Offline" data-summary="{added} added, {failed} failed">
    <input name="csrfmiddlewaretoken" value="token"><input type="file"><button type="submit">Add</button>
    <ul data-upload-list></ul>
    <template data-upload-item><li><span class="upload-name"></span><progress></progress>
      <span class="upload-state"></span><button type="button" data-action="upload-again">Again</button>
      <button type="button" data-action="upload-away">Away</button></li></template>
  </form>`;
// Node's own, for what is no part of the page.
const { Event: NodeEvent } = globalThis;
let requests;

class FakeRequest extends EventTarget {
  upload = new EventTarget();
  status = 0;

  open(method, address) {
    Object.assign(this, { method, address });
  }

  setRequestHeader() {}

  send(body) {
    this.name = body.get("file").name;
    requests.push(this);
  }

  async answer(status, responseText = "") {
    Object.assign(this, { status, responseText });
    this.dispatchEvent(new NodeEvent(status ? "load" : "error"));
    await settle();
  }
}

beforeEach(async () => {
  requests = [];
  const { page, load } = open(FORM);
  globalThis.XMLHttpRequest = FakeRequest;
  await load("uploads.js");
  choose(page, "a.pdf", "b.pdf", "c.pdf", "d.pdf", "e.pdf");
});

function choose(page, ...names) {
  const input = document.querySelector("[type=file]");
  const files = names.map((name) => new page.File(["x"], name));
  Object.defineProperty(input, "files", { value: files, configurable: true });
  input.dispatchEvent(new Event("change"));
}

const lines = () => [...document.querySelectorAll("[data-upload-list] li")];
const names = () => lines().map((line) => line.querySelector(".upload-name").textContent);
const press = (line, action) => line.querySelector(`[data-action="${action}"]`).click();

test("three at once, and the next when one is done", async () => {
  assert.deepEqual(requests.map((each) => each.name), ["a.pdf", "b.pdf", "c.pdf"]);
  await requests[1].answer(202);
  assert.deepEqual(requests.map((each) => each.name), ["a.pdf", "b.pdf", "c.pdf", "d.pdf"]);
  assert.deepEqual(names(), ["a.pdf", "c.pdf", "d.pdf", "e.pdf"]);
});

test("a refused file stays with the server's reason, and cannot be sent again as it is", async () => {
  await requests[0].answer(415, '{"error": {"message": "No such format"}}');
  const [line] = lines();
  assert.equal(line.querySelector(".upload-state").textContent, "No such format");
  assert.equal(line.dataset.failed, "");
});

test("what may pass the next time can be tried again", async () => {
  await requests[0].answer(0);
  await requests[1].answer(503, "<html>");
  const [first, second] = lines();
  assert.equal(first.querySelector(".upload-state").textContent, "Offline");
  assert.equal(second.querySelector(".upload-state").textContent, "Failed");
  assert.deepEqual([first.dataset.failed, second.dataset.failed], ["again", "again"]);
  press(first, "upload-again");
  const sent = () => requests.filter((each) => each.name === "a.pdf").length;
  assert.equal(sent(), 1);
  await requests[2].answer(202);
  assert.equal(sent(), 2);
  assert.equal(first.dataset.failed, undefined);
});

test("the end tells how many are there and how many are not", async () => {
  for (let n = 0; n < 5; n += 1) await requests[n].answer(n === 2 ? 413 : 202);
  await new Promise((wake) => setTimeout(wake, 60));
  assert.equal(document.getElementById("live-alert").textContent, "4 added, 1 failed");
  assert.deepEqual(names(), ["c.pdf"]);
  press(lines()[0], "upload-again");
  await requests[5].answer(413);
  press(lines()[0], "upload-away");
  assert.deepEqual(names(), []);
});
