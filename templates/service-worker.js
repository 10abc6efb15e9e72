/* Shows a page of ours where the network is away. Nothing else is kept, and of all requests only
   those for whole pages and for what the offline page needs come through here: no stream, no data,
   no page of anybody. */
const CACHE = "{{ cache }}";
const KEPT = [{% for each in kept %}"{{ each|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}];

self.addEventListener("install", (event) => {
  const requests = KEPT.map((url) => new Request(url, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const drop = async () => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(drop());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const path = new URL(request.url).pathname;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match(KEPT[0])));
  else if (KEPT.includes(path)) event.respondWith(fetch(request).catch(() => caches.match(path)));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const show = async () => {
    const url = event.notification.data;
    const open = await self.clients.matchAll({ type: "window" });
    const window_ = open.find((each) => each.url === url) ?? open[0];
    await (window_ ? window_.focus() : self.clients.openWindow(url));
  };
  event.waitUntil(show());
});
