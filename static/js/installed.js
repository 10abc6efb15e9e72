/* The worker that shows a page of ours without a network, for those who have installed the app: others
   would pay for it with each page. Usage: <link rel="manifest" data-worker="URL">. */
const worker = document.querySelector("[data-worker]")?.dataset.worker;

if (worker && matchMedia("(display-mode: standalone)").matches) {
  addEventListener("load", () => navigator.serviceWorker?.register(worker).catch(() => {}));
}
