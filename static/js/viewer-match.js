/* Finds a quoted passage in the text that a page is drawn from.
   Both were read by different programs, so they are compared without white space, punctuation,
   hyphens, accents and case, and what is left may still differ in places.
   Usage: const page = normal(strings); locate(normal([quote]), page) -> [[start, end], ...]
          pieces(page, start, end) -> [{ item, from, to }], places in the strings. */
const SEED = 10;
const ENOUGH = 0.6;
const NEAR = 24;
const KEPT = /[\p{L}\p{N}]/u;

export function normal(strings) {
  let chars = "";
  const items = [];
  const offsets = [];
  strings.forEach((string, item) => {
    let offset = 0;
    for (const sign of string) {
      for (const part of sign.normalize("NFKD").toLowerCase()) {
        if (!KEPT.test(part)) continue;
        chars += part;
        for (let unit = 0; unit < part.length; unit += 1) {
          items.push(item);
          offsets.push(offset);
        }
      }
      offset += sign.length;
    }
  });
  return { chars, items, offsets, strings };
}

export function locate(quote, page) {
  if (!quote.chars) return [];
  const at = page.chars.indexOf(quote.chars);
  if (at >= 0) return [[at, at + quote.chars.length]];
  return joined(common(quote.chars, page.chars), quote.chars.length);
}

/* The longest stretches that both have, from the quote's beginning to its end; of several places
   the one nearest behind the last is taken. */
function common(quote, page) {
  const found = [];
  let expected = 0;
  let at = 0;
  while (at + SEED <= quote.length) {
    const place = nearest(page, quote.slice(at, at + SEED), expected);
    if (place < 0) {
      at += 1;
      continue;
    }
    let length = SEED;
    while (at + length < quote.length && quote[at + length] === page[place + length]) length += 1;
    found.push([place, place + length]);
    expected = place + length;
    at += length;
  }
  return found;
}

function nearest(page, seed, expected) {
  const behind = page.indexOf(seed, expected);
  return behind >= 0 ? behind : page.lastIndexOf(seed, expected);
}

function joined(found, length) {
  const covered = found.reduce((sum, [start, end]) => sum + end - start, 0);
  if (covered < ENOUGH * length) return [];
  found.sort((a, b) => a[0] - b[0]);
  const ranges = [];
  for (const [start, end] of found) {
    const last = ranges.at(-1);
    if (last && start - last[1] <= NEAR) last[1] = Math.max(last[1], end);
    else ranges.push([start, end]);
  }
  return ranges;
}

export function pieces(page, start, end) {
  const found = [];
  for (let at = start; at < end; at += 1) {
    const item = page.items[at];
    const from = page.offsets[at];
    const to = from + (page.strings[item].codePointAt(from) > 0xffff ? 2 : 1);
    const last = found.at(-1);
    // What lies between two signs of a stretch, a blank or a comma, belongs to it.
    if (last?.item === item) last.to = Math.max(last.to, to);
    else found.push({ item, from, to });
  }
  return found;
}

/* Every place where the page has the words. */
export function places(words, page) {
  const found = [];
  if (!words.chars) return found;
  let at = page.chars.indexOf(words.chars);
  while (at >= 0) {
    found.push([at, at + words.chars.length]);
    at = page.chars.indexOf(words.chars, at + words.chars.length);
  }
  return found;
}
