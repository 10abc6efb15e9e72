/* Brings the marked passage, or the page named in the address, into view. */
const passage = document.getElementById("passage");
const page = document.getElementById(decodeURIComponent(location.hash.slice(1)));

if (passage) {
  passage.scrollIntoView({ block: "center" });
  passage.focus({ preventScroll: true });
} else if (page) {
  page.scrollIntoView();
}
