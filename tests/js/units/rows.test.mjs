/* Rows are drawn anew under somebody's hands: focus, ticks and order stay right. */
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { open, serve, settle } from "./page.mjs";

const EVERY = 2000;
let answers, requests;

const row = ([id, drawn]) =>
  `<tr data-document="${id}" data-drawn="${drawn}"><td><input type="checkbox"><a href="/d/${id}">${drawn}</a></td></tr>`;
const table = (unfinished, ...rows) =>
  `<p data-unfinished="${unfinished}">${unfinished} left</p><table><tbody>${rows.map(row).join("")}</tbody></table>`;

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  answers = [];
  requests = serve(() => answers.shift());
  const { load } = open(`<div id="rows" data-rows="/rows/">${table(2, ["a", "10 %"], ["b", "waits"], ["c", "ready"])}</div>`);
  await load("rows.js");
});

async function look(...rows) {
  answers.push({ text: table(...rows) });
  mock.timers.tick(EVERY);
  await settle();
  await settle();
}

const body = () => document.querySelector("tbody");
const order = () => [...body().children].map((each) => `${each.dataset.document} ${each.dataset.drawn}`);
const find = (id) => document.querySelector(`[data-document="${id}"]`);

test("rows that changed are drawn anew, those that did not stay the same elements", async () => {
  const [a, c] = [find("a"), find("c")];
  c.querySelector("input").focus();
  await look(1, ["a", "ready"], ["b", "20 %"], ["c", "ready"]);
  assert.deepEqual(order(), ["a ready", "b 20 %", "c ready"]);
  assert.notEqual(find("a"), a);
  assert.equal(find("c"), c);
  assert.equal(document.activeElement, c.querySelector("input"));
});

test("new rows come where they belong, and rows that are gone go", async () => {
  find("c").querySelector("input").focus();
  await look(1, ["n", "waits"], ["c", "ready"], ["a", "20 %"]);
  assert.deepEqual(order(), ["n waits", "c ready", "a 20 %"]);
});

test("a tick stays on a row that is drawn anew", async () => {
  find("a").querySelector("input").checked = true;
  await look(1, ["a", "50 %"], ["b", "waits"], ["c", "ready"]);
  assert.equal(find("a").querySelector("input").checked, true);
  assert.equal(find("b").querySelector("input").checked, false);
});

test("whoever is at a link is still at it when its row is drawn anew", async () => {
  find("a").querySelector("a").focus();
  await look(1, ["a", "50 %"], ["b", "waits"], ["c", "ready"]);
  assert.equal(document.activeElement.getAttribute("href"), "/d/a");
});

test("when everything is ready it is asked now and then what others have added", async () => {
  await look(0, ["a", "ready"], ["b", "ready"], ["c", "ready"]);
  mock.timers.tick(5 * EVERY);
  await settle();
  assert.equal(requests.length, 1);
  answers.push({ text: table(0, ["a", "ready"], ["d", "ready"]) });
  mock.timers.tick(5 * EVERY);
  await settle();
  assert.equal(requests.length, 2);
});

test("a slow answer does not undo a newer one", async () => {
  let arrive;
  answers.push(new Promise((resolve) => (arrive = resolve)));
  mock.timers.tick(EVERY);
  answers.push({ text: table(1, ["a", "newer"]) });
  document.dispatchEvent(new Event("documents-changed"));
  await settle();
  arrive({ text: table(2, ["a", "older"]) });
  await settle();
  assert.deepEqual(order(), ["a newer"]);
});
