/** A picture for a question: read, turned upright and shrunk in the browser before it is sent. */

import { words } from "./strings.js";

const LONGEST = 1024; // pixels, what the vision model looks at
const SIGN = 160; // pixels, what the conversation shows and keeps

/** `{large, small}` as data URLs; throws in words when the browser cannot read it. */
export async function readPicture(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Error(words.pictureUnreadable);
  }
  const made = { large: shrunk(bitmap, LONGEST), small: shrunk(bitmap, SIGN) };
  bitmap.close();
  return made;
}

function shrunk(bitmap, longest) {
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // what is transparent would turn black in a JPEG
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.85);
}
