/* A page for a module of static/js, without a browser: happy-dom, and modules that are loaded for
   this page alone, since they bind themselves to what is there.
   Usage: const { page, load } = open(html); const { send } = await load("send.js");
   What happy-dom lacks or would do for real (requests, streams) a test puts on globalThis. */
import { registerHooks } from "node:module";
import { Window } from "happy-dom";

const SCRIPTS = new URL("../../../static/js/", import.meta.url);
const LIVE = `<p id="live-status"></p><p id="live-alert"></p>
  <div id="words" data-offline="Offline" data-failed="Failed" data-wait="Wait" data-say-send="Send"
    data-say-stop="Stop" data-reconnecting="Reconnecting" data-answer-ready="Ready"
    data-answer-started="Started" data-still-writing="Still writing" data-answer-failed="Broken"
    data-answer-stopped="Stopped"></div>
  <input name="csrfmiddlewaretoken" value="token">`;
const GLOBALS = [
  "CSS", "Event", "FormData", "KeyboardEvent", "addEventListener", "document", "getSelection",
  "history", "localStorage", "location", "matchMedia", "sessionStorage",
];
let opened = 0;

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const number = new URL(context.parentURL).searchParams.get("page");
    if (number && resolved.url.startsWith(SCRIPTS.href)) resolved.url += `?page=${number}`;
    return resolved;
  },
});

export function open(html, { url = "https://example.org/chat/" } = {}) {
  const page = new Window({ url });
  const number = (opened += 1);
  page.document.body.innerHTML = LIVE + html;
  globalThis.window = page;
  for (const name of GLOBALS) {
    const value = page[name];
    const bound = typeof value === "function" && !/^[A-Z]/.test(name) ? value.bind(page) : value;
    Object.defineProperty(globalThis, name, { value: bound, configurable: true, writable: true });
  }
  return { page, load: (name) => import(new URL(`${name}?page=${number}`, SCRIPTS)) };
}

/* A key that is pressed; gives whether the page took it. */
export function press(element, key, more = {}) {
  const event = new window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  // Not of the initialiser's fields in happy-dom.
  for (const name of ["isComposing", "keyCode"]) {
    if (name in more) Object.defineProperty(event, name, { value: more[name] });
  }
  element.dispatchEvent(event);
  return event.defaultPrevented;
}

/* Answers requests in turn, with what `respond` gives: { status, text, redirected } or an Error. */
export function serve(respond) {
  const requests = [];
  globalThis.fetch = async (address, options) => {
    requests.push({ address, ...options });
    const answer = await respond(address, options);
    if (answer instanceof Error) throw answer;
    const { status = 200, text = "", redirected = false, headers = {} } = answer;
    const response = new Response(text, { status, headers });
    return Object.defineProperty(response, "redirected", { value: redirected });
  };
  return requests;
}

/* Lets everything happen that waits for no clock. */
export const settle = () => new Promise((wake) => setImmediate(wake));
