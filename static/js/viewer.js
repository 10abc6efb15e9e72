/* Brings the marked passage, or the page named in the address, into view.
   A long document shows only some of its pages, and the server never sees the part of an address
   behind the #, so for a page that is not here the document is opened anew around it.
   Usage: <div class="viewer" data-last-page="120">, in it id="page=3" and id="passage". */
const passage = document.getElementById("passage");
const last = Number(document.querySelector(".viewer").dataset.lastPage);

const named = () => document.getElementById(decodeURIComponent(location.hash.slice(1)));

function show() {
  if (passage) {
    passage.scrollIntoView({ block: "center" });
    passage.focus({ preventScroll: true });
  } else {
    named()?.scrollIntoView();
  }
}

function fetchPage() {
  const page = Number(/^#page=(\d{1,9})$/.exec(location.hash)?.[1]);
  if (!page || page > last || named()) return false;
  const query = new URLSearchParams(location.search);
  query.delete("start");
  query.delete("end");
  query.set("page", page);
  location.replace(`${location.pathname}?${query}${location.hash}`);
  return true;
}

// A passage says more exactly than the page where to look.
if (passage || !fetchPage()) {
  show();
  // The browser goes to the page of the address once more when everything has loaded.
  addEventListener("load", () => requestAnimationFrame(show), { once: true });
}
addEventListener("hashchange", fetchPage);
