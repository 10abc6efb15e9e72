/* What is asked while an answer is made is sent in its order, each under a name of its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, serve, settle } from "./page.mjs";

const FORM = `
  <div data-chat data-url="/chat/"><div data-transcript><div data-messages></div><div data-end></div></div></div>
  <div data-chats="/chats/"></div><div data-queue></div>
  <form data-composer action="/chat/ask/">
    <ul data-scope></ul><ul data-pictures="/api/attachments"></ul>
    <input name="conversation" value="7"><input name="request_id" value="first">
    <textarea name="content"></textarea>
    <div><input type="file" data-attach="/api/documents"><div data-drop-cover></div></div>
    <button data-enqueue>Next</button><button data-send>Send</button>
  </form>
  <template data-chip></template>
  <template data-scope-chip></template><template data-picture-chip></template>`;

async function visit(respond) {
  globalThis.BroadcastChannel = class {
    addEventListener() {}
    postMessage() {}
  };
  globalThis.EventSource = class {};
  const { load } = open(FORM, { url: "https://example.org/chat/7/" });
  const requests = serve(respond);
  const { enqueue } = await load("queue.js");
  const box = document.querySelector("textarea");
  const sent = () =>
    requests
      .filter(({ address }) => String(address).endsWith("/enqueue/"))
      .map(({ body }) => [body.get("content"), body.get("request_id")]);
  return { enqueue, box, sent };
}

const drain = async () => {
  for (let turn = 0; turn < 20; turn += 1) await settle();
};

test("three in a row arrive in their order, none under another's name", async () => {
  const { enqueue, sent } = await visit(() => ({ text: "<ol><li>waits</li></ol>" }));
  for (const text of ["one", "two", "three"]) enqueue(text);
  await drain();
  assert.deepEqual(
    sent().map(([text]) => text),
    ["one", "two", "three"],
  );
  assert.equal(new Set(sent().map(([, id]) => id)).size, 3);
  assert.equal(document.querySelector("[data-queue]").textContent, "waits");
});

test("what was written meanwhile stays in the box", async () => {
  const { enqueue, box } = await visit(() => ({ text: "" }));
  enqueue("one");
  box.value = "half a thou";
  await drain();
  assert.equal(box.value, "half a thou");
});

test("what was not taken is back in the box, with the reason", async () => {
  const { enqueue, box, sent } = await visit(() => ({
    status: 409,
    text: '{"error": {"message": "Too many wait."}}',
  }));
  enqueue("one");
  await drain();
  assert.equal(box.value, "one");
  await new Promise((wake) => setTimeout(wake, 80));
  assert.match(document.getElementById("live-alert").textContent, /Too many wait/);
  // Sent again as it is, it keeps its name: the first response may only have got lost.
  enqueue("one");
  await drain();
  assert.equal(new Set(sent().map(([, id]) => id)).size, 1);
});
