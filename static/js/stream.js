/* Follows the answers that are being made, and shows them as they come.
   Usage: follow(root) attaches to every [data-stream] under root. The server sends finished
   blocks of HTML, which are never touched again, and the open one ("tail"), which is replaced. */
import { say, words } from "./announce.js";
import { setRunning } from "./composer.js";
import { refreshChats } from "./chats.js";
import { label } from "./cites.js";
import { get, nodes } from "./http.js";

const STILL_EVERY = 7000;
const AGAIN_FIRST = 1000;
const AGAIN_MOST = 15000;
const sources = new Map();

export function follow(root) {
  for (const [article, source] of sources) {
    if (!article.isConnected) close(article, source);
  }
  for (const article of root.querySelectorAll("[data-stream]")) {
    if (!sources.has(article)) open(article);
  }
  setRunning(document.querySelector("[data-stream]")?.dataset.stop ?? "");
}

function open(article) {
  const part = (name) => article.querySelector(`[data-part="${name}"]`);
  const source = new EventSource(article.dataset.stream);
  let spoke = 0;
  let held = null;
  sources.set(article, source);

  const hear = (name, act) => {
    source.addEventListener(name, (event) => act(JSON.parse(event.data)));
  };
  const writing = () => {
    part("status")?.setAttribute("hidden", "");
    const now = Date.now();
    if (now - spoke < STILL_EVERY) return;
    say(spoke ? words.stillWriting : words.answerStarted);
    spoke = now;
  };
  const tail = (html) => {
    held = selectsIn(part("tail")) ? html : null;
    if (held === null) part("tail").replaceChildren(nodes(html));
  };

  hear("calls", ({ html }) => part("calls").replaceChildren(nodes(html)));
  hear("status", ({ text }) => (part("status-text").textContent = text));
  hear("thought", ({ text, label: words_ }) => {
    const details = part("thoughts").firstElementChild;
    details.hidden = false;
    details.querySelector(".call-name").textContent = words_;
    details.querySelector(".thoughts-text").append(text);
  });
  // Its thoughts are at hand for whoever did not see them come.
  hear("thoughts", ({ html }) => {
    if (part("thoughts").firstElementChild.hidden) part("thoughts").replaceChildren(nodes(html));
  });
  hear("block", ({ html }) => {
    held = null;
    part("tail").replaceChildren();
    part("text").append(nodes(html));
    writing();
  });
  hear("tail", ({ html }) => {
    tail(html);
    writing();
  });
  hear("restarted", () => {
    part("calls").replaceChildren();
    part("thoughts")?.querySelector(".thoughts-text")?.replaceChildren();
    part("text").replaceChildren();
    part("tail").replaceChildren();
    part("status").hidden = false;
  });
  hear("citations", ({ html }) => part("foot").replaceChildren(nodes(html)));
  hear("done", ({ state }) => {
    if (held !== null) part("tail").replaceChildren(nodes(held));
    finish(article, state);
    close(article, source);
    follow(document);
  });
  source.addEventListener("open", () => (part("connection").hidden = true));
  source.addEventListener("error", (event) => {
    // The server's own `error` event carries data, and its text comes with the foot as well.
    if (event.data !== undefined) return;
    part("connection").textContent = words.reconnecting;
    part("connection").hidden = false;
    if (source.readyState === EventSource.CLOSED) again(article, source, AGAIN_FIRST);
  });
}

function finish(article, state) {
  article.removeAttribute("aria-busy");
  article.removeAttribute("data-stream");
  article.querySelector('[data-part="status"]')?.remove();
  label(article);
  const cited = article.querySelector(".sources-title")?.textContent.trim();
  if (state === "failed") say(words.answerFailed);
  else if (state === "stopped") say(words.answerStopped);
  else say(cited ? `${words.answerReady}, ${cited}` : words.answerReady);
  document.dispatchEvent(new Event("answer-ended"));
  refreshChats(document.querySelector("[data-composer]").elements.conversation.value);
}

/* The browser has given up, and does not say why: ask what has become of the answer. */
async function again(article, source, pause) {
  await new Promise((wake) => setTimeout(wake, pause));
  if (!article.isConnected) return;
  try {
    const { html } = await get(article.dataset.fragment);
    close(article, source);
    article.replaceWith(nodes(html));
    follow(document);
  } catch {
    again(article, source, Math.min(pause * 2, AGAIN_MOST));
  }
}

function close(article, source) {
  source.close();
  sources.delete(article);
}

/* A reader who marks text in the open block would lose the mark with the next drawing. */
function selectsIn(element) {
  const selection = getSelection();
  return !selection.isCollapsed && element.contains(selection.anchorNode);
}
