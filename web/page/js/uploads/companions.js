/** Files that belong to a photo: sidecars, and the movies of pictures that move. The server decides; this foresees it. */

import { endsWithAny, rules } from "./uploadRules.js";

const TAKEOUT_NAME = 45; // characters from which on Google Takeout may have cut the name of a photo

/** `sidecar` or `movie`; undefined for any other file. */
export function companionKind(path) {
  if (endsWithAny(path, [".xmp"]) || isTakeout(path)) return "sidecar";
  return endsWithAny(path, rules.movie_extensions) ? "movie" : undefined;
}

/** The photo among `photos` that a file belongs to; undefined if it is not among them. */
export function photoOf(path, photos) {
  return photos.find(({ wanted }) => belongsTo(path, wanted));
}

/** The path of a file beside its photo: where that was given another name, this one follows. */
export function besidePhoto(path, photo) {
  const stem = stemOf(photo.wanted);
  return path.startsWith(stem) ? stemOf(photo.path) + path.slice(stem.length) : path;
}

function belongsTo(path, photo) {
  const stem = stemOf(path);
  if (endsWithAny(path, [".json"])) return belongsToTakeout(stem, photo);
  const isWholeName = endsWithAny(path, [".xmp"]) ? stem === photo : path === stemOf(photo);
  return stem === stemOf(photo) || isWholeName;
}

/** `IMG_7.jpg.supplemental-metadata` and `IMG_7.jpg` tell of `IMG_7.jpg`, `IMG_7.jpg(1)` of `IMG_7(1).jpg`. */
function belongsToTakeout(stem, photo) {
  const name = stem.replace(/^(.*?)(\.[a-z0-9]+)(\.[a-z-]*)?(\(\d+\))$/i, "$1$4$2$3");
  if (name.startsWith(photo)) return /^(\.|$)/.test(name.slice(photo.length));
  return fileName(name).length >= TAKEOUT_NAME && photo.startsWith(name);
}

function isTakeout(path) {
  if (!endsWithAny(path, [".json"])) return false;
  const stem = fileName(stemOf(path));
  const extensions = stem.toLowerCase().match(/\.[a-z0-9]+(?=$|[.(])/g) ?? [];
  return stem.length >= TAKEOUT_NAME || extensions.some((each) => rules.takeout_extensions.includes(each));
}

const fileName = (path) => path.slice(path.lastIndexOf("/") + 1);
const stemOf = (path) => path.replace(/\.[^./]*$/, "");
