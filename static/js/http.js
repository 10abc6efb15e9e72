/* Requests for pieces of pages.
   Usage: const { html, response } = await get(url); await post(url, formData);
   Both throw an Error whose message can be shown. Signed out, the page is loaded anew, which
   leads to the sign-in and back. */
import { words } from "./announce.js";

const HEADERS = { "X-Requested-With": "fetch" };

export function get(url) {
  return request(url, { headers: HEADERS });
}

export function post(url, body) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  return request(url, { method: "POST", body, headers: { ...HEADERS, "X-CSRFToken": token } });
}

/* The nodes of some HTML from our own server. */
export function nodes(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/* randomUUID is missing where the site is served without TLS. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function request(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch {
    throw new Error(words.offline);
  }
  if (response.redirected) {
    location.reload();
    throw new Error(words.failed);
  }
  const html = await response.text();
  if (!response.ok) throw new Error(reason(html));
  return { html, response };
}

function reason(text) {
  try {
    return JSON.parse(text).error.message || words.failed;
  } catch {
    return words.failed;
  }
}
