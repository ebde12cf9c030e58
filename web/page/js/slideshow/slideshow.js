/** A slideshow of what is found: the whole screen, one photo after another, until somebody pauses or leaves it. */

import { button, h, setChildren } from "../dom.js";
import { getLink } from "../imageLinks.js";
import { isSoft } from "../photo/sharpness.js";
import { strings } from "../strings.js";

const INTERVALS = [3, 5, 10, 30]; // seconds
const IDLE = 2500; // milliseconds until the controls disappear
const INTERVAL_KEY = "slideshow-seconds";

export class Slideshow {
  #photos;
  #position = 0;
  #timer = 0;
  #idleTimer = 0;
  #isPlaying = true;
  #generation = 0;

  /** `photos` has `length` and `photoAt(position)`. */
  constructor(photos) {
    this.#photos = photos;
    this.frame = h("div", { class: "slides" });
    this.toggle = button(strings.pause, {
      icon: "pause",
      iconOnly: true,
      onclick: () => this.#setPlaying(!this.#isPlaying),
    });
    const step = (label, icon, by) => button(label, { icon, iconOnly: true, onclick: () => this.#step(by) });
    const seconds = INTERVALS.map((each) => h("option", { value: String(each) }, strings.everySeconds(each)));
    this.interval = h("select", { "aria-label": strings.interval, onchange: () => this.#setInterval() }, seconds);
    this.interval.value = localStorage.getItem(INTERVAL_KEY) ?? "5";
    if (!this.interval.value) this.interval.value = "5";
    this.caption = h("p", { class: "slide-title", "aria-live": "off" });
    this.dialog = h(
      "dialog",
      { id: "slideshow", "aria-label": strings.slideshow, onkeydown: (event) => this.#onKey(event) },
      this.frame,
      this.caption,
      h(
        "div",
        { class: "slide-controls" },
        step(strings.previous, "left", -1),
        this.toggle,
        step(strings.next, "right", 1),
        this.interval,
        button(strings.close, { icon: "close", iconOnly: true, onclick: () => this.#close() }),
      ),
    );
    for (const event of ["pointermove", "pointerdown", "keydown"])
      this.dialog.addEventListener(event, () => this.#wake());
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#close();
    });
    this.dialog.addEventListener("fullscreenchange", () => document.fullscreenElement || this.#close());
  }

  async play(position) {
    this.#position = position;
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.toggle.focus();
    this.#wake();
    // Where the whole screen is refused, as on some phones, the window has to do.
    await this.dialog.requestFullscreen?.().catch(() => {});
    this.#show();
  }

  #close() {
    if (!this.dialog.isConnected) return;
    this.#generation += 1;
    clearTimeout(this.#timer);
    clearTimeout(this.#idleTimer);
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    this.dialog.close();
    this.dialog.remove();
  }

  /** Show the photo at the position, once it is there; the next one is fetched meanwhile. */
  async #show() {
    this.#generation += 1;
    const generation = this.#generation;
    clearTimeout(this.#timer);
    const photo = await this.#photos.photoAt(this.#position).catch(() => undefined);
    const image = photo && !photo.hidden ? await loaded(photo) : null;
    if (generation !== this.#generation) return;
    if (image) this.#draw(image, photo);
    this.#continue(image ? Number(this.interval.value) * 1000 : 200);
    this.#photos.photoAt(this.#position + 1).then(
      (next) => next && getLink(next.id, sizeOf(next)),
      () => {},
    );
  }

  #draw(image, photo) {
    const earlier = [...this.frame.children];
    this.frame.append(image);
    for (const each of earlier.slice(0, -1)) each.remove();
    earlier.at(-1)?.classList.remove("shown");
    requestAnimationFrame(() => image.classList.add("shown"));
    setChildren(this.caption, h("bdi", { lang: photo.lang }, photo.title));
  }

  #continue(milliseconds) {
    clearTimeout(this.#timer);
    if (this.#isPlaying) this.#timer = setTimeout(() => this.#step(1), milliseconds);
  }

  /** The photo before or after this one; after the last comes the first. */
  #step(by) {
    const { length } = this.#photos;
    this.#position = (this.#position + by + length) % Math.max(1, length);
    this.#show();
  }

  #setPlaying(isPlaying) {
    this.#isPlaying = isPlaying;
    const label = isPlaying ? strings.pause : strings.play;
    const next = button(label, { icon: isPlaying ? "pause" : "play", iconOnly: true });
    setChildren(this.toggle, [...next.childNodes]);
    this.toggle.setAttribute("aria-label", label);
    this.toggle.title = label;
    if (isPlaying) this.#step(1);
    else clearTimeout(this.#timer);
  }

  #setInterval() {
    localStorage.setItem(INTERVAL_KEY, this.interval.value);
    this.#continue(Number(this.interval.value) * 1000);
  }

  #onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target === this.interval) return;
    const forward = getComputedStyle(this.dialog).direction === "rtl" ? -1 : 1;
    const step = { ArrowRight: forward, ArrowLeft: -forward }[event.key];
    if (step) this.#step(step);
    else if (event.key === " " && !event.target.closest("button")) this.#setPlaying(!this.#isPlaying);
    else if (event.key === "Escape") this.#close();
    else return;
    event.preventDefault();
  }

  /** The controls and the pointer are there while somebody moves, and as long as nothing plays. */
  #wake() {
    this.dialog.classList.remove("idle");
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#isPlaying && this.dialog.classList.add("idle"), IDLE);
  }
}

/** The preview, or the large picture where the screen shows more than the preview has. */
const sizeOf = (photo) => (isSoft(photo, { width: innerWidth, height: innerHeight }) ? "large" : "preview");

/** The picture of a photo, decoded; null where there is none to show. */
async function loaded(photo) {
  const { id, alt, lang } = photo;
  for (const size of new Set([sizeOf(photo), "preview"])) {
    try {
      const image = h("img", { alt, lang, src: await getLink(id, size) });
      await image.decode();
      return image;
    } catch {
      // the preview may still be there
    }
  }
  return null;
}
