/* Suggestions over the box: "#" chooses documents and collections, "/" at its beginning a saved
   prompt. Usage: <div id="suggest" role="listbox" data-library="URL" data-prompts="URL"> in the
   form; <button data-action="library"> writes the "#". */
import { on } from "./actions.js";
import { complain, say, words } from "./announce.js";
import { form } from "./composer.js";
import { Options } from "./options.js";
import { choose as limit } from "./scope.js";

const TRIGGERS = [
  { kind: "prompts", pattern: /^\/([^\n]{0,40})$/ },
  { kind: "library", pattern: /(?:^|\s)#([^\s#]{0,40})$/ },
];
const box = form.querySelector("textarea");
const list = document.getElementById("suggest");
const options = new Options(box, list, take);
// Where the token begins that is being completed; null while nothing is suggested.
let start = null;

box.addEventListener("input", look);
box.addEventListener("blur", close);

async function look() {
  const before = box.value.slice(0, box.selectionStart);
  for (const { kind, pattern } of TRIGGERS) {
    const found = pattern.exec(before);
    if (found) {
      await open(kind, found[1], before.length - found[1].length - 1);
      return;
    }
  }
  close();
}

async function open(kind, query, at) {
  try {
    const any = await options.load(list.dataset[kind], query);
    if (any === null) return;
    if (start === null) say(words.suggested);
    start = at;
    list.hidden = false;
  } catch (error) {
    close();
    complain(error.message);
  }
}

function close() {
  list.hidden = true;
  start = null;
  options.forget();
}

function take(option) {
  const { scope, id, title, text } = option.dataset;
  if (scope) {
    write("");
    limit(scope, id, title);
  } else if (text !== undefined) {
    write(text);
    const hole = /\[[^\]\n]+\]/.exec(box.value);
    if (hole) box.setSelectionRange(hole.index, hole.index + hole[0].length);
  }
  close();
}

function write(text) {
  const end = box.selectionStart;
  box.setRangeText(text, start, end, "end");
  close();
  box.dispatchEvent(new Event("input"));
}

// Before the box's own keys, for which Enter sends.
box.addEventListener(
  "keydown",
  (event) => {
    if (list.hidden) return;
    if (event.key === "Escape") {
      event.preventDefault();
      close();
    } else if (!options.key(event)) {
      return;
    }
    event.stopImmediatePropagation();
  },
  { capture: true },
);

on("library", (button) => {
  button.closest("[popover]")?.hidePopover();
  box.focus();
  const before = box.value.slice(0, box.selectionStart);
  box.setRangeText(/\S$/.test(before) ? " #" : "#", box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input"));
});
