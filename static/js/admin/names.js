// Gives the lists that Django's admin draws with select2 the names of their fields, which they
// have on the screen and not for a screen reader.
function name(select) {
  const label = document.querySelector(`label[for="${select.id}"]`);
  const cell = select.closest("td");
  const head = cell?.closest("table").querySelectorAll("thead th")[cell.cellIndex];
  return (label ?? head)?.textContent.trim().replace(/:$/, "");
}

function nameAll() {
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const drawn = select.nextElementSibling?.querySelector("[role=combobox]");
    const words = name(select);
    if (!drawn || !words) continue;
    const chosen = drawn.querySelector(".select2-selection__rendered");
    const shown = chosen?.textContent.trim();
    drawn.removeAttribute("aria-labelledby");
    drawn.setAttribute("aria-label", shown ? `${words}: ${shown}` : words);
    chosen?.setAttribute("aria-label", words);
  }
}

// select2 draws when it gets to it: some time after the page, and in rows that are added later.
new MutationObserver((changes) => {
  const added = changes.flatMap((change) => [...change.addedNodes]);
  if (added.some((node) => node.matches?.(".select2-container"))) nameAll();
}).observe(document.body, { childList: true, subtree: true });
document.addEventListener("change", () => setTimeout(nameAll));
nameAll();
