/** What is kept of each photo of a result. */

import { captionLanguage, UNKNOWN } from "../languages.js";

/** What the grid needs of a photo: the rest is fetched when it is opened. */
export function summary(photo) {
  const {
    id,
    path,
    title,
    alt_text,
    width,
    height,
    format,
    size_bytes,
    caption_language,
    favorite,
    rating,
    alike = [],
  } = photo;
  const name = path.split("/").pop();
  const lang = alt_text || title ? captionLanguage({ caption_language }) : UNKNOWN;
  const stack = alike.length ? [photo, ...alike] : []; // with the photos that it stands for
  const shown = { title: title || name, alt: alt_text || title || name, lang, stack };
  return { id, ...shown, width, height, favorite, rating, format, size_bytes };
}
