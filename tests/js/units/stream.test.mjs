/* An answer is shown as it comes, whatever becomes of the connection. */
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { open, serve, settle } from "./page.mjs";

const ANSWER = `
  <article data-answer data-stream="/stream/1" data-stop="/stop/1" data-fragment="/message/1" aria-busy="true">
    <p data-part="status"><span data-part="status-text"></span></p><p data-part="connection" hidden></p>
    <div data-part="thoughts"><details hidden><summary><b class="call-name"></b></summary>
      <div class="thoughts-text"></div></details></div>
    <div data-part="calls"></div><div data-part="text"></div><div data-part="tail"></div>
    <div data-part="foot"></div>
  </article>`;
const PAGE = `
  <div data-chats="/chats/"></div>
  <form data-composer action="/chat/"><ul data-scope></ul><ul data-pictures></ul>
    <input name="conversation" value="c1"><input name="request_id" value="r1">
    <textarea></textarea><button data-send></button></form>
  <dialog id="panel"><h2 class="panel-title"></h2><div data-panel-body></div></dialog><main>${ANSWER}</main>`;
// Node's own, for what is no part of the page.
const { Event: NodeEvent } = globalThis;
let article, source, stream;

class FakeSource extends EventTarget {
  static CLOSED = 2;
  static all = [];
  readyState = 1;

  constructor(address) {
    super();
    this.address = address;
    FakeSource.all.push(this);
  }

  close() {
    this.readyState = FakeSource.CLOSED;
  }

  tell(name, data) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }
}

beforeEach(async () => {
  FakeSource.all = [];
  globalThis.EventSource = FakeSource;
  const { load } = open(PAGE);
  serve(() => ({ text: "" }));
  stream = await load("stream.js");
  stream.follow(document);
  article = document.querySelector("article");
  [source] = FakeSource.all;
});

const part = (name) => article.querySelector(`[data-part="${name}"]`);
const isStopShown = () => document.querySelector("[data-send]").hasAttribute("data-running");

test("finished blocks stay as they are, and the open one is replaced", () => {
  source.tell("tail", { html: "<p>On" });
  source.tell("tail", { html: "<p>One <b>t" });
  source.tell("block", { html: "<p>One <b>two</b></p>" });
  const first = part("text").firstElementChild;
  assert.equal(part("tail").childNodes.length, 0);
  source.tell("tail", { html: "<p>Three" });
  assert.equal(part("text").innerHTML, "<p>One <b>two</b></p>");
  assert.equal(part("text").firstElementChild, first);
  assert.equal(part("tail").textContent, "Three");
  assert.equal(part("status").hidden, true);
});

test("an answer that is begun anew leaves nothing of its first beginning", () => {
  source.tell("calls", { html: "<p>Searching</p>" });
  source.tell("block", { html: "<p>Wrong</p>" });
  source.tell("tail", { html: "<p>too" });
  source.tell("restarted", {});
  for (const name of ["calls", "text", "tail"]) assert.equal(part(name).childNodes.length, 0, name);
  assert.equal(part("status").hidden, false);
});

test("thoughts are shown while they come, folded, and stay when the answer has ended", () => {
  const details = part("thoughts").firstElementChild;
  source.tell("thought", { text: "<b>first", label: "Thinking" });
  source.tell("thought", { text: ", then", label: "Thought for 7 s" });
  source.tell("thoughts", { html: "<p>fetched when opened</p>" });
  assert.equal(part("thoughts").firstElementChild, details);
  assert.equal(details.hidden || details.open, false);
  assert.equal(details.querySelector(".call-name").textContent, "Thought for 7 s");
  assert.equal(details.querySelector(".thoughts-text").textContent, "<b>first, then");
});

test("whoever comes too late for the thoughts can open them", () => {
  source.tell("thoughts", { html: "<p>fetched when opened</p>" });
  assert.equal(part("thoughts").textContent, "fetched when opened");
});

test("the end gives the page back: no stream, no busy mark, no Stop", () => {
  assert.equal(isStopShown(), true);
  source.tell("done", { state: "done" });
  assert.equal(source.readyState, FakeSource.CLOSED);
  assert.equal(article.hasAttribute("data-stream"), false);
  assert.equal(article.hasAttribute("aria-busy"), false);
  assert.equal(isStopShown(), false);
});

test("an answer is followed once, however often the page is looked at", () => {
  stream.follow(document);
  stream.follow(document);
  assert.equal(FakeSource.all.length, 1);
});

test("an answer that was taken off the page is no longer followed", () => {
  article.remove();
  stream.follow(document);
  assert.equal(source.readyState, FakeSource.CLOSED);
  assert.equal(isStopShown(), false);
});

test("what a reader has marked in the open block is not drawn over until the end", () => {
  source.tell("tail", { html: "<p>One two" });
  const anchorNode = part("tail").firstElementChild;
  globalThis.getSelection = () => ({ isCollapsed: false, anchorNode });
  source.tell("tail", { html: "<p>One two three" });
  assert.equal(part("tail").textContent, "One two");
  source.tell("done", { state: "stopped" });
  assert.equal(part("tail").textContent, "One two three");
});

test("a lost connection is told until it is there again", () => {
  source.dispatchEvent(new NodeEvent("error"));
  assert.equal(part("connection").hidden, false);
  assert.equal(part("connection").textContent, "Reconnecting");
  source.dispatchEvent(new NodeEvent("open"));
  assert.equal(part("connection").hidden, true);
});

test("the server's own error event is no lost connection", () => {
  source.tell("error", { message: "The model is away" });
  assert.equal(part("connection").hidden, true);
});

test("when the browser gives up, the answer is asked for again, less and less often", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const requests = serve(() =>
    requests.length < 3 ? { status: 503 } : { text: '<article data-answer id="whole">Whole</article>' },
  );
  source.readyState = FakeSource.CLOSED;
  source.dispatchEvent(new NodeEvent("error"));
  for (const [pause, expected] of [[999, 0], [1, 1], [1999, 1], [1, 2], [3999, 2], [1, 3]]) {
    mock.timers.tick(pause);
    await settle();
    await settle();
    assert.equal(requests.length, expected, `after ${pause} ms`);
  }
  mock.timers.reset();
  assert.equal(requests[0].address, "/message/1");
  assert.equal(document.querySelector("article").id, "whole");
});
