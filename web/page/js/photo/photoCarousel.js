/** The image of the open photo: PhotoSwipe for zooming and swiping, given photos as they are fetched. */

import { cachedLink, getLink } from "../imageLinks.js";
import { strings } from "../strings.js";
import { closestLook, largeLook, ownPixels } from "./closestLook.js";
import { isSoft } from "./sharpness.js";

const BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
const MAX_SIZE = 1600; // pixels a preview may be stretched to; beyond that it only gets blurred
const MIN_SIZE = 700; // smaller photos are not enlarged
const PAUSE = 250; // milliseconds on a photo before more of it is fetched than its preview

export class PhotoCarousel {
  #items = new Map(); // by position
  #renewed = new Set();
  #sharp = new Set(); // the ids of photos that were looked at more closely
  #large = new Map(); // addresses of large pictures that took the place of previews, by id
  #pause = 0;
  #hasEnded = false;
  #swipe;
  #target; // the position we went to last

  /**
   * `PhotoSwipe` is the library; `photos` has `length` and `photoAt(position)`; `onMove(photo)` follows every swipe,
   * `onClose()` a drag downwards.
   */
  constructor(PhotoSwipe, host, photos, position, { onMove, onClose }) {
    this.photos = photos;
    this.#target = position;
    const swipe = new PhotoSwipe({
      appendToEl: host,
      index: position,
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
      errorMsg: strings.imageUnavailable,
      wheelToZoom: true,
      secondaryZoomLevel: (level) => level.fit * 2.5,
      maxZoomLevel: (level) => Math.max(level.fit * 5, ownPixels(this.#items.get(this.#swipe?.currIndex ?? position))),
      getViewportSizeFn: () => ({ x: host.clientWidth, y: host.clientHeight }),
    });
    this.#swipe = swipe;
    swipe.addFilter("numItems", () => photos.length);
    swipe.addFilter("itemData", (_, index) => this.#slide(index));
    swipe.on("change", () => this.#moved(onMove));
    swipe.on("loadError", ({ content }) => this.#renewLink(content.index));
    swipe.on("loadComplete", ({ slide }) => slide === swipe.currSlide && this.#fillScreen());
    swipe.on("change", () => this.#fillScreen());
    swipe.on("zoomPanUpdate", ({ slide }) => this.#sharpen(slide));
    swipe.on("contentAppend", ({ content }) => Object.assign(content.element ?? {}, { lang: content.data.lang ?? "" }));
    swipe.on("close", () => this.#hasEnded || onClose());
    swipe.init();
    // The dialog around it has the role and the name.
    for (const name of ["role", "tabindex"]) swipe.element.removeAttribute(name);
    for (const each of host.querySelectorAll("[aria-roledescription]")) each.removeAttribute("aria-roledescription");
  }

  /** Report a move by hand; the moves asked for by `goTo` are not reported. */
  async #moved(onMove) {
    const position = this.#swipe.currIndex;
    const photo = await this.#load(position);
    if (position === this.#target || position !== this.#swipe.currIndex) return;
    this.#target = position;
    if (photo) onMove(photo);
  }

  get position() {
    return this.#swipe.currIndex;
  }

  goTo(position) {
    this.#target = position;
    this.#swipe.goTo(position);
  }

  /** Closer, or further away, by this factor. */
  zoomBy(factor) {
    const slide = this.#swipe.currSlide;
    if (!slide) return;
    const { initial, max } = slide.zoomLevels;
    const level = slide.currZoomLevel * factor;
    slide.zoomTo(Math.min(Math.max(level, initial), max), undefined, this.#swipe.options.zoomAnimationDuration);
  }

  /** Where the screen has more pixels than the preview, the large picture takes its place once somebody stays. */
  #fillScreen() {
    clearTimeout(this.#pause);
    const item = this.#items.get(this.#swipe.currIndex);
    if (!item || !this.#isSoft(item)) return;
    if (this.#large.has(item.id)) this.#putLarge(this.#swipe.currIndex, item);
    else this.#pause = setTimeout(() => this.#showLarge(this.#swipe.currIndex, item), PAUSE);
  }

  #isSoft(item) {
    const { x: width, y: height } = this.#swipe.viewportSize;
    const most = displaySize(item);
    return isSoft(item, { width: Math.min(width, most.width), height: Math.min(height, most.height) });
  }

  async #showLarge(position, item) {
    this.#large.set(item.id, undefined);
    const url = await largeLook(item);
    if (!url || this.#hasEnded) return;
    this.#large.set(item.id, url);
    this.#putLarge(position, item);
  }

  /** Put the large picture, once it is there, into the slide at a position if that is shown. */
  #putLarge(position, { id }) {
    const url = this.#large.get(id);
    const { index, content } = this.#swipe.currSlide ?? {};
    const isShown = index === position && content.element?.tagName === "IMG" && content.element.isConnected;
    if (url && isShown && !this.#sharp.has(id) && content.element.src !== url) content.element.src = url;
  }

  /** Once somebody looks closer, the picture with the most pixels takes the place of the one that is shown. */
  async #sharpen(slide) {
    const item = this.#items.get(slide.index);
    if (!item || this.#sharp.has(item.id) || slide.currZoomLevel <= slide.zoomLevels.initial * 1.05) return;
    this.#sharp.add(item.id);
    const url = await closestLook(item).catch(() => undefined);
    const { element } = slide.content ?? {};
    if (url && element?.tagName === "IMG" && element.isConnected) element.src = url;
  }

  end() {
    this.#hasEnded = true;
    clearTimeout(this.#pause);
    this.#swipe.destroy();
    this.#swipe.element?.remove();
  }

  /** What PhotoSwipe shows at a position: as much as is there now, and the rest once it is fetched. */
  #slide(position) {
    const item = this.#items.get(position);
    if (!item) this.#load(position);
    const preview = item && cachedLink(item.id, "preview");
    if (item && !preview) this.#fetchPreview(position, item);
    const { width, height } = displaySize(item);
    const thumbnail = item && cachedLink(item.id, "thumbnail");
    return {
      src: this.#large.get(item?.id) ?? preview ?? thumbnail ?? BLANK,
      msrc: thumbnail,
      width,
      height,
      alt: item?.alt ?? "",
      lang: item?.lang,
    };
  }

  async #load(position) {
    if (!this.#items.has(position)) {
      const item = await this.photos.photoAt(position);
      if (!item || this.#items.has(position)) return item;
      this.#items.set(position, item);
      if (cachedLink(item.id, "preview")) this.#refresh(position);
      else await this.#fetchPreview(position, item);
    }
    return this.#items.get(position);
  }

  async #fetchPreview(position, item, options) {
    if (await getLink(item.id, "preview", options).catch(() => null)) this.#refresh(position);
  }

  /** A link may have expired while the tab was open: it is renewed once. */
  #renewLink(position) {
    const item = this.#items.get(position);
    if (!item || this.#renewed.has(item.id)) return;
    this.#renewed.add(item.id);
    this.#fetchPreview(position, item, { fresh: true });
  }

  #refresh(position) {
    if (!this.#swipe.isDestroying && Math.abs(this.#swipe.currIndex - position) < 2)
      this.#swipe.refreshSlideContent(position);
  }
}

/** The size a photo is shown at without zooming, if the screen has room for it. */
function displaySize(item) {
  const { width, height } = item?.width ? item : { width: MAX_SIZE, height: MAX_SIZE * 0.7 };
  const longest = Math.max(width, height);
  const scale = longest < MIN_SIZE || longest > MAX_SIZE ? 1 : MAX_SIZE / longest;
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}
