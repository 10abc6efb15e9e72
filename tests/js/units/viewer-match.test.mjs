/* A source is shown where it is: a passage in the wrong place would prove what it does not. */
import assert from "node:assert/strict";
import test from "node:test";
import { locate, normal, pieces, places } from "../../../static/js/viewer-match.js";

function shown(quote, strings) {
  const page = normal(strings);
  return locate(normal([quote]), page).map(([start, end]) =>
    pieces(page, start, end).map(({ item, from, to }) => strings[item].slice(from, to)).join("|"),
  );
}

const PAGE = ["The harbour opens at ", "six in the morn", "ing, and closes at noon on Sundays."];

test("a passage is found over the strings that a page is drawn from", () => {
  assert.deepEqual(shown("opens at six in the morning", PAGE), ["opens at|six in the morn|ing"]);
});

test("hyphens, white space, case, accents and ligatures do not matter", () => {
  assert.deepEqual(shown("OFFICE", ["the oﬃce"]), ["oﬃce"]);
  assert.deepEqual(shown("cafe\nau lait", ["A café au-", "lait, please"]), ["café au|lait"]);
  const apart = "한국어".normalize("NFD");
  assert.deepEqual(shown("한국어", [`${apart} 문서`]), [apart]);
});

test("signs of two units are marked whole", () => {
  assert.deepEqual(shown("1 = 𝒳", ["let 1 = 𝒳 be"]), ["1 = 𝒳"]);
  // A Gothic letter, which stays two units when it is compared.
  assert.deepEqual(shown("the end", ["𐍈 is the end"]), ["the end"]);
});

test("a passage with words that only one of the programs read is still found", () => {
  const strings = ["closes at noon on Sundays", " [12] ", "and never opens in winter"];
  const quote = "closes at noon on Sundays and never opens in winter";
  assert.deepEqual(shown(quote, strings), ["closes at noon on Sundays|12|and never opens in winter"]);
});

test("of several places the one behind the last counts", () => {
  const strings = ["And so it was said again. ", "First of all XX and so it was said again."];
  assert.deepEqual(shown("First of all YY and so it was said again", strings), [
    "First of all XX and so it was said again",
  ]);
});

test("a passage that is mostly missing is found nowhere, and an empty one neither", () => {
  assert.deepEqual(shown("closes at noon on every other day of the whole long year", PAGE), []);
  assert.deepEqual(shown("Nothing of this is there", PAGE), []);
  assert.deepEqual(shown(" -- ", PAGE), []);
  assert.deepEqual(shown("anything", []), []);
});

test("a search finds every place, and none twice", () => {
  const page = normal(["aaaa ", "aa"]);
  assert.deepEqual(places(normal(["AA"]), page), [[0, 2], [2, 4], [4, 6]]);
  assert.deepEqual(places(normal(["b"]), page), []);
  assert.deepEqual(places(normal(["…"]), page), []);
});
