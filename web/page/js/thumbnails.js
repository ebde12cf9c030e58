/** Photos as a row of thumbnail buttons. */

import { h, icon } from "./dom.js";
import { showImage } from "./imageLinks.js";
import { captionLanguage, UNKNOWN } from "./languages.js";

/** One button a photo; `open(id, photos)` is called when one is chosen. */
export function thumbnailButtons(photos, open) {
  return photos.map((photo) => {
    const img = h("img", { alt: photo.alt_text || photo.title || photo.path, decoding: "async" });
    const failed = () => img.replaceWith(h("span", { class: "broken-image" }, icon("broken")));
    showImage(img, photo.id, "thumbnail", failed);
    const title = photo.title || photo.path;
    const lang = photo.alt_text || photo.title ? captionLanguage(photo) : UNKNOWN;
    return h("button", { type: "button", class: "thumbnail", title, lang, onclick: () => open(photo.id, photos) }, img);
  });
}
