/** Thumbnails as sharp as the screen: where it has two pixels for one of the page's, a larger one is there to choose. */

import { getLink, showImage } from "../imageLinks.js";

const USUAL = 320; // pixels of the short side of a thumbnail
const LARGE = 640;
const BLURRED = 1.25; // how many times it may be stretched before that is seen
const WIDEST = 2.4; // longer photos have no more in their preview

/** Show a photo in an <img> of so many pixels of the page; `failed` is called when there is nothing to show. */
export function showSharply(img, { id, width, height }, size, failed) {
  if (!needsLarge({ width, height }, size)) return showImage(img, id, "thumbnail", failed);
  return Promise.all([getLink(id), getLink(id, "thumbnail_640")]).then(([usual, large]) => {
    if (!usual || !large) return failed();
    const ratio = Math.max(1, width / height);
    const plain = () => {
      img.removeAttribute("srcset");
      showImage(img, id, "thumbnail", failed);
    };
    img.addEventListener("error", plain, { once: true });
    img.sizes = `${Math.ceil(Math.max(size.width, size.height * (width / height)))}px`;
    img.srcset = `${usual} ${Math.round(USUAL * ratio)}w, ${large} ${Math.round(LARGE * ratio)}w`;
    img.src = usual;
  }, failed);
}

function needsLarge({ width, height }, size) {
  if (!width || !height || Math.max(width / height, height / width) > WIDEST) return false;
  if (Math.min(width, height) <= USUAL * BLURRED) return false;
  return Math.min(size.width, size.height) * devicePixelRatio > USUAL * BLURRED;
}
