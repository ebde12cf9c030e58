/** What may be sent: the kinds that the server reads and how large files may be, which it writes into the page. */

import { formatBytes } from "../formatting.js";
import { strings } from "../strings.js";

export const rules = JSON.parse(document.querySelector("meta[name=upload-rules]").content);

/** For the `accept` attribute of a file input. */
export const acceptedKinds = [...rules.accept, ".xmp", ".json", ...rules.movie_extensions].join(",");

/** Whether a name, in any case, ends with one of these. */
export const endsWithAny = (name, ends) => ends.some((end) => name.toLowerCase().endsWith(end));

/** Whether a file is one that programs leave in folders, which nobody means to keep. */
export function isIgnored({ name }) {
  return name.startsWith(".") || endsWithAny(name, [".aae"]) || rules.ignored_names.includes(name.toLowerCase());
}

/** Whether a file is small enough to be the movie of a picture that moves. */
export const isShortMovie = ({ size }) => size <= rules.max_movie_bytes;

/** Why a file is not worth sending; undefined when it is. `isCompanion` says that it belongs to a photo. */
export function whyRefused(file, isCompanion) {
  if (!isCompanion && !rules.accept.some((kind) => isOfKind(file, kind))) return whyUnreadable(file);
  if (!file.size) return strings.emptyFile;
  const isLarge = rules.large_extensions.some((extension) => isOfKind(file, extension));
  const limit = (isLarge ? rules.max_large_bytes : rules.max_bytes) ?? Number.POSITIVE_INFINITY;
  if (file.size > limit) return strings.tooLarge(formatBytes(file.size), formatBytes(limit));
  if (file.size <= rules.max_request_bytes) return undefined;
  return strings.tooLargeToSend(formatBytes(file.size), formatBytes(rules.max_request_bytes));
}

/** A kind is an extension, or a type such as `image/*`. */
function isOfKind({ name, type }, kind) {
  return kind.endsWith("/*") ? type.startsWith(kind.slice(0, -1)) : endsWithAny(name, [kind]);
}

function whyUnreadable({ name, type }) {
  if (type.startsWith("video/") || endsWithAny(name, rules.movie_extensions)) return strings.isVideo;
  if (endsWithAny(name, [".csv"])) return strings.isTable;
  return type === "application/pdf" ? strings.isPdf : strings.notAnImage;
}
