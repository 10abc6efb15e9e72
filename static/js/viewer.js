/* Brings the marked passage, or the page named in the address, into view. */
const passage = document.getElementById("passage");
const page = document.getElementById(decodeURIComponent(location.hash.slice(1)));

function show() {
  if (passage) {
    passage.scrollIntoView({ block: "center" });
    passage.focus({ preventScroll: true });
  } else {
    page?.scrollIntoView();
  }
}

show();
// The browser goes to the page of the address once more when everything has loaded.
addEventListener("load", () => requestAnimationFrame(show));
