/** Favourites and stars by key, on the photo that is focused or open: f, 1 to 5, and 0 for none. */

import { get, patch, photoPath, undoEdit } from "../api.js";
import { may } from "../rights.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";

/** What the help says of these keys. */
export const RATING_KEYS = [
  { keys: ["f"], text: strings.favoriteKey },
  { keys: ["1", "2", "3", "4", "5", "0"], text: strings.starKeys },
];

/** Whether a key rates a photo. */
export const isRatingKey = ({ key, altKey, ctrlKey, metaKey, shiftKey }) =>
  !altKey && !ctrlKey && !metaKey && !shiftKey && /^[f0-5]$/.test(key);

/** Do what the key says to a photo; `changed(photo)` is called with what it is then, also when that is undone. */
export async function rateByKey(id, key, changed) {
  if (!may("editor")) return;
  try {
    const change = key === "f" ? { favorite: !(await get(photoPath(id))).favorite } : { rating: Number(key) };
    const photo = await patch(photoPath(id), change);
    changed(photo);
    if (await toast(sentence(change), { actionLabel: strings.undo })) changed(await undoEdit(photo));
  } catch (error) {
    toast(error.message);
  }
}

function sentence({ favorite, rating }) {
  if (favorite !== undefined) return favorite ? strings.markedFavorite : strings.unmarkedFavorite;
  return rating ? strings.rated(rating) : strings.ratingCleared;
}
