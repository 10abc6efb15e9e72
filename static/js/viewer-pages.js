/* The pages of a PDF, one under the other; only those near the window are drawn, one at a time.
   Usage: const pages = new Pages(pdfjs, pdf, list, scroller, pageWord); await pages.open();
   Events on list: "page" when another page is the one in view, "drawn" with detail { view }. */
const MOST_PIXELS = matchMedia("(pointer: coarse)").matches ? 5e6 : 16e6;
const LOOK_AT = 0.3;
const REDRAW_AFTER = 200;

export class Pages {
  current = 1;
  scale = 1;
  #views = [];
  #wanted = new Set();
  #isDrawing = false;

  constructor(pdfjs, pdf, list, scroller, pageWord) {
    Object.assign(this, { pdfjs, pdf, list, scroller });
    for (let n = 1; n <= pdf.numPages; n += 1) {
      const element = document.createElement("section");
      element.className = "pdf-page";
      element.dataset.n = n;
      element.setAttribute("aria-label", `${pageWord} ${n}`);
      this.#views.push({ n, element, width: 0, height: 0, strings: null, layer: null });
    }
  }

  /* Every page gets the size of the first until it is measured itself. */
  async open() {
    const { width, height } = await this.#measured(this.#views[0]);
    for (const view of this.#views) if (!view.width) this.#resize(view, width, height);
    this.list.append(...this.#views.map((view) => view.element));
    const near = new IntersectionObserver((entries) => this.#near(entries), {
      root: this.scroller,
      rootMargin: "100% 0px",
    });
    for (const view of this.#views) near.observe(view.element);
    this.scroller.addEventListener("scroll", () => this.#look(), { passive: true });
  }

  get count() {
    return this.#views.length;
  }

  get width() {
    return this.#views[this.current - 1].width;
  }

  view(n) {
    return this.#views[n - 1];
  }

  /* The page at the top of the window, with its true size, so that it stays there. */
  async go(n) {
    const view = this.view(n);
    await this.#measured(view);
    this.#reveal(view);
  }

  #reveal(view) {
    const top = view.element.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
    this.scroller.scrollBy({ top: top - 8, behavior: "instant" });
    this.#look();
  }

  /* Another size; what is in view stays in view. */
  zoom(scale) {
    const anchor = this.view(this.current).element;
    const middle = this.scroller.getBoundingClientRect().top + this.scroller.clientHeight * LOOK_AT;
    const before = anchor.getBoundingClientRect();
    const share = before.height ? (middle - before.top) / before.height : 0;
    this.scale = scale;
    this.list.style.setProperty("--total-scale-factor", scale);
    const after = anchor.getBoundingClientRect();
    this.scroller.scrollBy({ top: after.top + share * after.height - middle, behavior: "instant" });
    clearTimeout(this.redraw);
    this.redraw = setTimeout(() => this.#drawAnew(), REDRAW_AFTER);
  }

  #drawAnew() {
    for (const view of this.#views) {
      if (view.scale && view.scale !== this.scale) this.#wanted.add(view);
    }
    this.#draw();
  }

  #look() {
    const line = this.scroller.getBoundingClientRect().top + this.scroller.clientHeight * LOOK_AT;
    let low = 0;
    let high = this.#views.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#views[middle].element.getBoundingClientRect().top <= line) low = middle;
      else high = middle - 1;
    }
    if (low + 1 === this.current) return;
    this.current = low + 1;
    this.list.dispatchEvent(new Event("page"));
  }

  #near(entries) {
    for (const { target, isIntersecting } of entries) {
      const view = this.view(Number(target.dataset.n));
      if (isIntersecting) this.#wanted.add(view);
      else this.#clear(view);
    }
    this.#draw();
  }

  #clear(view) {
    this.#wanted.delete(view);
    view.task?.cancel();
    view.element.replaceChildren();
    Object.assign(view, { scale: 0, layer: null, task: null });
  }

  async #draw() {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    while (this.#wanted.size) {
      const distance = (view) => Math.abs(view.n - this.current);
      const view = [...this.#wanted].reduce((a, b) => (distance(b) < distance(a) ? b : a));
      this.#wanted.delete(view);
      try {
        await this.#drawOne(view);
      } catch (error) {
        // Scrolled away, or drawn in another size meanwhile.
        if (error.name !== "RenderingCancelledException") console.warn(error);
      }
    }
    this.#isDrawing = false;
  }

  async #drawOne(view) {
    const page = (await this.#measured(view)).page;
    const scale = this.scale;
    const viewport = page.getViewport({ scale });
    const pixels = viewport.width * viewport.height;
    const sharp = Math.min(devicePixelRatio, Math.sqrt(MOST_PIXELS / pixels));
    const canvas = document.createElement("canvas");
    canvas.width = Math.floor(viewport.width * sharp);
    canvas.height = Math.floor(viewport.height * sharp);
    canvas.setAttribute("aria-hidden", "true");
    view.task = page.render({ canvas, viewport, transform: [sharp, 0, 0, sharp, 0, 0] });
    view.scale = scale;
    await view.task.promise;
    view.element.querySelector("canvas")?.remove();
    view.element.prepend(canvas);
    if (!view.layer) await this.#writeText(view, page, viewport);
  }

  async #writeText(view, page, viewport) {
    const container = document.createElement("div");
    container.className = "pdf-text";
    view.element.append(container);
    const textContentSource = page.streamTextContent();
    const layer = new this.pdfjs.TextLayer({ textContentSource, container, viewport });
    await layer.render();
    if (!container.isConnected) return;
    view.layer = layer;
    this.list.dispatchEvent(new CustomEvent("drawn", { detail: { view } }));
  }

  async #measured(view) {
    const page = await this.pdf.getPage(view.n);
    const { width, height } = page.getViewport({ scale: 1 });
    this.#resize(view, width, height);
    return { page, width, height };
  }

  #resize(view, width, height) {
    if (view.width === width && view.height === height) return;
    Object.assign(view, { width, height });
    view.element.style.setProperty("--width", width);
    view.element.style.setProperty("--height", height);
  }
}
