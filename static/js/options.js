/* A list of options from the server under a text field that keeps the focus.
   Usage: const options = new Options(field, list, choose) with <div role="listbox"
   data-options="URL">; options.load(query); options.key(event) says whether it was for the list. */
import { get, nodes } from "./http.js";

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

export class Options {
  constructor(field, list, choose) {
    this.field = field;
    this.list = list;
    this.choose = choose;
    this.wanted = 0;
    this.busy = 0;
    list.addEventListener("mousemove", (event) => this.select(event.target.closest("[role=option]")));
    // The field keeps the focus.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (!option) return;
      if (!option.href || option.dataset.action) event.preventDefault();
      choose(option);
    });
  }

  all() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  get active() {
    return this.list.querySelector('[aria-selected="true"]');
  }

  /* Gives whether anything was found; null if a later question has overtaken this one. */
  load(url, query) {
    this.busy += 1;
    this.loaded = this.fetch(url, query).finally(() => (this.busy -= 1));
    return this.loaded;
  }

  async fetch(url, query) {
    const mine = ++this.wanted;
    const { html } = await get(`${url}?q=${encodeURIComponent(query)}`);
    if (mine !== this.wanted) return null;
    this.list.replaceChildren(nodes(html));
    this.select(this.all()[0]);
    this.list.scrollTop = 0;
    return Boolean(this.active);
  }

  forget() {
    this.wanted += 1;
    this.list.replaceChildren();
    this.field.removeAttribute("aria-activedescendant");
  }

  select(option) {
    if (!option || option === this.active) return;
    this.active?.setAttribute("aria-selected", "false");
    option.setAttribute("aria-selected", "true");
    this.field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const all = this.all();
    if (event.altKey || !(all.length || this.busy)) return false;
    if (event.key in STEPS) {
      const next = all.indexOf(this.active) + STEPS[event.key];
      if (all.length) this.select(all[(next + all.length) % all.length]);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      // What has been typed last counts, also if its options are still on their way.
      this.loaded.then(() => this.active?.click(), () => {});
    } else {
      return false;
    }
    event.preventDefault();
    return true;
  }
}
