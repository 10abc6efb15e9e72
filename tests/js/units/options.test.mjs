/* The keys of a list under a field: what is chosen is what was seen last. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { open, press, serve, settle } from "./page.mjs";

let field, list, options, taken, chosen;

beforeEach(async () => {
  const { load } = open('<input id="field"><div role="listbox"></div>');
  const { Options } = await load("options.js");
  field = document.getElementById("field");
  list = document.querySelector("[role=listbox]");
  chosen = [];
  options = new Options(field, list, (option) => chosen.push(option.id));
  field.addEventListener("keydown", (event) => (taken = options.key(event)));
});

const rows = (...ids) => ids.map((id) => `<div role="option" id="${id}">${id}</div>`).join("");

async function show(...ids) {
  serve(() => ({ text: rows(...ids) }));
  return options.load("/options", "q");
}

test("arrows go round in a circle, and the field names the active option", async () => {
  assert.equal(await show("a", "b", "c"), true);
  const seen = ["ArrowUp", "ArrowDown", "ArrowDown"].map((key) => {
    press(field, key);
    return field.getAttribute("aria-activedescendant");
  });
  assert.deepEqual(seen, ["c", "a", "b"]);
  assert.equal(list.querySelectorAll('[aria-selected="true"]').length, 1);
});

test("without any options the keys are the field's own", async () => {
  assert.equal(await show(), false);
  for (const key of ["ArrowDown", "Enter", "a"]) {
    assert.equal(press(field, key), false, key);
    assert.equal(taken, false, key);
  }
});

test("Enter waits for options that are still on their way", async () => {
  let arrive;
  serve(() => new Promise((resolve) => (arrive = resolve)));
  options.load("/options", "q");
  assert.equal(press(field, "Enter"), true);
  assert.deepEqual(chosen, []);
  arrive({ text: rows("late") });
  await settle();
  await settle();
  assert.deepEqual(chosen, ["late"]);
});

test("Enter that finishes a syllable of an input method chooses nothing", async () => {
  await show("a");
  for (const more of [{ isComposing: true }, { keyCode: 229 }, { shiftKey: true }]) {
    assert.equal(press(field, "Enter", more), false);
  }
  await settle();
  assert.deepEqual(chosen, []);
});

test("a slow answer to an earlier question does not replace a later one", async () => {
  const waiting = [];
  serve(() => new Promise((resolve) => waiting.push(resolve)));
  const [early, late] = [options.load("/options", "h"), options.load("/options", "ha")];
  waiting[1]({ text: rows("harbour") });
  assert.equal(await late, true);
  waiting[0]({ text: rows("hotel") });
  assert.equal(await early, null);
  assert.equal(list.textContent, "harbour");
});

test("what was typed reaches the server unchanged", async () => {
  const requests = serve(() => ({ text: "" }));
  await options.load("/options", "a&b=#ü");
  assert.equal(new URL(requests[0].address, "https://x/").searchParams.get("q"), "a&b=#ü");
});
