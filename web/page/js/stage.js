/** The picture itself: PhotoSwipe for zooming and swiping, fed with photos as they become known. */

import PhotoSwipe from "../vendor/photoswipe.js";
import { link, known } from "./links.js";
import { words } from "./strings.js";

const NOTHING = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
const LARGE = 1600; // pixels a preview may be stretched to; beyond that it only gets blurred
const SMALL = 700;

let styled = false;

/** The style sheet is only needed once somebody looks at a photo. */
function style() {
  if (styled) return;
  styled = true;
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = new URL("../vendor/photoswipe.css", import.meta.url);
  document.head.prepend(sheet);
}

export class Stage {
  #items = new Map();
  #renewed = new Set();
  #ended = false;
  #swipe;
  #asked; // the place we went to last

  /** `photos` has `length` and `at(place)`; `arrived(photo)` follows every move, `closed()` a drag downwards. */
  constructor(host, photos, place, { arrived, closed }) {
    style();
    this.photos = photos;
    this.#asked = place;
    const swipe = new PhotoSwipe({
      appendToEl: host,
      index: place,
      dataSource: [],
      loop: false,
      bgOpacity: 1,
      showHideAnimationType: "none",
      zoomAnimationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 250,
      escKey: false,
      arrowKeys: false,
      trapFocus: false,
      returnFocus: false,
      pinchToClose: false,
      clickToCloseNonZoomable: false,
      imageClickAction: "zoom",
      tapAction: false,
      counter: false,
      zoom: false,
      close: false,
      arrowPrev: false,
      arrowNext: false,
      preloader: false,
      errorMsg: words.broken,
      secondaryZoomLevel: (level) => level.fit * 2.5,
      maxZoomLevel: (level) => level.fit * 5,
      getViewportSizeFn: () => ({ x: host.clientWidth, y: host.clientHeight }),
    });
    this.#swipe = swipe;
    swipe.addFilter("numItems", () => photos.length);
    swipe.addFilter("itemData", (_, at) => this.#data(at));
    swipe.on("change", () => this.#changed(arrived));
    swipe.on("loadError", ({ content }) => this.#renew(content.index));
    swipe.on("close", () => this.#ended || closed());
    swipe.init();
    // The dialog around it has the role and the name.
    for (const name of ["role", "tabindex"]) swipe.element.removeAttribute(name);
    for (const each of host.querySelectorAll("[aria-roledescription]")) each.removeAttribute("aria-roledescription");
  }

  /** Tell of a move by hand; the moves we were told to make are known already. */
  async #changed(arrived) {
    const place = this.#swipe.currIndex;
    const photo = await this.#know(place);
    if (place === this.#asked || place !== this.#swipe.currIndex) return;
    this.#asked = place;
    if (photo) arrived(photo);
  }

  get place() {
    return this.#swipe.currIndex;
  }

  to(place) {
    this.#asked = place;
    this.#swipe.goTo(place);
  }

  end() {
    this.#ended = true;
    this.#swipe.destroy();
    this.#swipe.element?.remove();
  }

  /** What PhotoSwipe shows at a place: as much as is known now, and the rest as soon as it is. */
  #data(place) {
    const item = this.#items.get(place);
    if (!item) this.#know(place);
    const url = item && known(item.id, "preview");
    if (item && !url) this.#fetch(place, item);
    const { width, height } = size(item);
    const thumbnail = item && known(item.id, "thumbnail");
    return { src: url ?? thumbnail ?? NOTHING, msrc: thumbnail, width, height, alt: item?.alt ?? "" };
  }

  async #know(place) {
    if (!this.#items.has(place)) {
      const item = await this.photos.at(place);
      if (!item || this.#items.has(place)) return item;
      this.#items.set(place, item);
      if (known(item.id, "preview")) this.#refresh(place);
      else await this.#fetch(place, item);
    }
    return this.#items.get(place);
  }

  async #fetch(place, item, options) {
    if (await link(item.id, "preview", options).catch(() => null)) this.#refresh(place);
  }

  /** A link may have ended while the tab lay there: a fresh one gets a second chance. */
  #renew(place) {
    const item = this.#items.get(place);
    if (!item || this.#renewed.has(item.id)) return;
    this.#renewed.add(item.id);
    this.#fetch(place, item, { fresh: true });
  }

  #refresh(place) {
    if (!this.#swipe.isDestroying && Math.abs(this.#swipe.currIndex - place) < 2)
      this.#swipe.refreshSlideContent(place);
  }
}

/** The size a photo is shown at without zooming, if the screen has room for it. */
function size(item) {
  const { width, height } = item?.width ? item : { width: LARGE, height: LARGE * 0.7 };
  const long = Math.max(width, height);
  const scale = long < SMALL || long > LARGE ? 1 : LARGE / long;
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}
