/** What is shown of a photo to somebody who zooms in: its original where a browser can show that, else a large picture. */

import { getLink } from "../imageLinks.js";

const SHOWN_BY_BROWSERS = new Set(["jpeg", "png", "webp", "gif", "avif"]);
const MAX_BYTES = 30_000_000; // of an original that is sent whole
const MAX_PIXELS = 40_000_000; // that a phone decodes without trouble

/** An address of the picture with the most pixels, once it is loaded; undefined where there is none. */
export async function closestLook(photo) {
  const sizes = canBeShown(photo) ? ["original", "large"] : ["large"];
  for (const size of sizes) {
    const url = await getLink(photo.id, size).catch(() => undefined);
    if (url && (await isLoaded(url))) return url;
  }
  return undefined;
}

/** An address of the large picture, once it is loaded; undefined where there is none. */
export async function largeLook({ id }) {
  const url = await getLink(id, "large").catch(() => undefined);
  return url && (await isLoaded(url)) ? url : undefined;
}

/** Whether browsers can show the original itself, and without much trouble. */
function canBeShown({ format, width, height, size_bytes: bytes }) {
  return SHOWN_BY_BROWSERS.has(String(format).toLowerCase()) && bytes <= MAX_BYTES && width * height <= MAX_PIXELS;
}

/** How far the picture of a carousel can be enlarged until a pixel of the photo is one of the screen, at least 1. */
export function ownPixels(item) {
  return item?.width ? Math.max(1, Math.max(item.width, item.height) / 1600) : 1;
}

async function isLoaded(url) {
  const img = new Image();
  img.src = url;
  return img.decode().then(
    () => true,
    () => false,
  );
}
