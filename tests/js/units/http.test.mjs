/* What a page says when a request fails, and that it never shows what is no message. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { open, serve } from "./page.mjs";

let http;

beforeEach(async () => {
  http = await open("").load("http.js");
});

test("a post carries the page's token, and its answer comes as text", async () => {
  const [request] = await posted({ text: "<p>Done</p>" });
  assert.equal(request.method, "POST");
  assert.deepEqual(request.headers, { "X-Requested-With": "fetch", "X-CSRFToken": "token" });
});

async function posted(answer) {
  const requests = serve(() => answer);
  const { html } = await http.post("/ask/", "body");
  assert.equal(html, answer.text);
  return requests;
}

test("an error of the server is told in its own words", async () => {
  serve(() => ({ status: 429, text: '{"error": {"message": "Too many"}}' }));
  await assert.rejects(http.get("/x/"), { message: "Too many" });
});

test("an answer without words for people is just a failure", async () => {
  for (const text of ["<html>502</html>", "", "null", '{"error": null}', '{"error": {"message": ""}}']) {
    serve(() => ({ status: 502, text }));
    await assert.rejects(http.get("/x/"), { message: "Failed" }, text);
  }
});

test("without a network that is what is said", async () => {
  serve(() => new TypeError("network"));
  await assert.rejects(http.get("/x/"), { message: "Offline" });
});

test("somebody who was signed out is led to the sign-in", async () => {
  let reloads = 0;
  globalThis.location = { reload: () => (reloads += 1) };
  serve(() => ({ text: "<h1>Sign in</h1>", redirected: true }));
  await assert.rejects(http.get("/x/"), { message: "Failed" });
  assert.equal(reloads, 1);
});

test("every id is another, of 32 digits", () => {
  const ids = Array.from({ length: 100 }, http.newId);
  assert.equal(new Set(ids).size, 100);
  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
});
