/** Whether a preview is enough for the screen, or is seen to be enlarged. */

const PREVIEW = 1024; // pixels of its long side
const BLURRED = 1.25; // how many times it may be stretched before that is seen

/** Whether a photo that fills a box, in pixels of the page, has more to show than its preview has. */
export function isSoft({ width, height }, box) {
  if (!width || !height || Math.max(width, height) <= PREVIEW * BLURRED) return false;
  const scale = Math.min(box.width / width, box.height / height);
  return Math.max(width, height) * scale * devicePixelRatio > PREVIEW * BLURRED;
}
