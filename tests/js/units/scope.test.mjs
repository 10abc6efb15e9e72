/* What is searched is everything, nothing, or what is chosen; one choice takes another's place. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { open } from "./page.mjs";

const PAGE = `
  <form><ul data-scope></ul><textarea></textarea></form>
  <div popover><a data-action="search-all" data-scope-choice="all"></a>
    <a data-action="search-nothing" data-title="No documents" data-scope-choice="nothing"></a>
    <button data-scope-choice="some"></button></div>
  <template data-scope-chip><li><svg><use></use></svg><span class="chip-name"></span>
    <input><a data-action="unscope" aria-label="Remove"></a></li></template>`;
let scope;

beforeEach(async () => {
  const { load } = open(PAGE);
  document.querySelector("[popover]").hidePopover = () => {};
  scope = await load("scope.js");
});

const fields = () => scope.chosen().map(({ name, id }) => `${name}=${id}`);
const press = (action) => document.querySelector(`[data-action="${action}"]`).click();
const marked = () => document.querySelector("[aria-current]").dataset.scopeChoice;

test("nothing takes the place of what was chosen, and of nothing what is chosen then", () => {
  scope.choose("collection", "a", "Rules");
  scope.choose("collection", "b", "Reports");
  assert.equal(marked(), "some");
  press("search-nothing");
  assert.deepEqual(fields(), ["collection=none"]);
  assert.equal(marked(), "nothing");
  scope.choose("collection", "a", "Rules");
  assert.deepEqual(fields(), ["collection=a"]);
  scope.choose("document", "c", "tides.txt");
  assert.deepEqual(fields(), ["document=c"]);
});

test("all documents are searched again once nothing is chosen", () => {
  press("search-nothing");
  press("search-all");
  assert.deepEqual(fields(), []);
  assert.equal(marked(), "all");
  press("search-nothing");
  document.querySelector('[data-action="unscope"]').click();
  assert.equal(marked(), "all");
});
