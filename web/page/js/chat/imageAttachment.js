/** An image attached to a question: read, turned upright and shrunk in the browser before it is sent. */

import { strings } from "../strings.js";

const SENT_SIZE = 1024; // pixels, what the vision model looks at
const THUMBNAIL_SIZE = 160; // pixels, what the conversation shows and stores

/** `{large, small}` as data URLs; throws an error with a readable message when the browser cannot read the file. */
export async function readImage(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Error(strings.imageUnreadable);
  }
  const image = { large: shrink(bitmap, SENT_SIZE), small: shrink(bitmap, THUMBNAIL_SIZE) };
  bitmap.close();
  return image;
}

function shrink(bitmap, size) {
  const scale = Math.min(1, size / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // transparent pixels would turn black in a JPEG
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.85);
}
