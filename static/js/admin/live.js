// Keeps what is in work up to date: while the page holds an element with `data-live`, the page is
// read again and each such element, with the row of the list that it stands in, is replaced by
// the one with its id; the row's tick stays as it is. An element that is over and names
// `data-then="reload"` shows more than itself, so the page is drawn anew.
const PAUSE = 1500;

async function refresh() {
  const live = document.querySelectorAll("[data-live][id]");
  if (!live.length) return;
  if (!document.hidden) {
    const response = await fetch(location.href, { headers: { "X-Requested-With": "live" } });
    if (response.ok) replace(live, await response.text());
  }
  setTimeout(again, PAUSE);
}

function replace(live, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const element of live) {
    const next = fresh.getElementById(element.id);
    if (!next) continue;
    if (element.dataset.then === "reload" && !("live" in next.dataset)) location.reload();
    else renew(element, next);
  }
}

function renew(element, next) {
  const cells = (each) => [...(each.closest("#result_list tr")?.cells ?? [])].slice(1);
  const [old, fresh] = [cells(element), cells(next)];
  if (!old.length) element.replaceWith(document.adoptNode(next));
  old.forEach((cell, n) => cell.replaceWith(document.adoptNode(fresh[n])));
}

function again() {
  // A network that is away for a moment is no reason to stop.
  refresh().catch(() => setTimeout(again, PAUSE));
}

again();
