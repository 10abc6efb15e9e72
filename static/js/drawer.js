/* The sidebar as a drawer. The browser opens and closes it (it is a popover); this keeps the page
   under it out of reach meanwhile.
   Usage: <nav id="sidebar" popover> and <main data-inert-under-drawer>. */
const drawer = document.getElementById("sidebar");
const page = document.querySelector("[data-inert-under-drawer]");

drawer?.addEventListener("toggle", (event) => {
  if (event.target !== drawer || event.newState !== "open") return;
  page.inert = true;
  drawer.querySelector("a, button").focus();
});

// Before it closes, so that the browser can give focus back to the button in the page.
drawer?.addEventListener("beforetoggle", (event) => {
  if (event.target === drawer && event.newState === "closed") page.inert = false;
});

// A window that grows has the sidebar beside the page again.
matchMedia("(width >= 60rem)").addEventListener("change", (wide) => {
  if (wide.matches && drawer?.matches(":popover-open")) drawer.hidePopover();
});
