/** What may be sent: the kinds that the server reads and how large files may be, which it writes into the page. */

import { formatBytes } from "../formatting.js";
import { strings } from "../strings.js";

const rules = JSON.parse(document.querySelector("meta[name=upload-rules]").content);

/** For the `accept` attribute of a file input. */
export const acceptedKinds = rules.accept.join(",");

/** Why a file is not worth sending; undefined when it is. */
export function whyRefused(file) {
  if (!rules.accept.some((kind) => isOfKind(file, kind))) return whyUnreadable(file);
  if (!file.size) return strings.emptyFile;
  const isLarge = rules.large_extensions.some((extension) => isOfKind(file, extension));
  const limit = (isLarge ? rules.max_large_bytes : rules.max_bytes) ?? Number.POSITIVE_INFINITY;
  if (file.size > limit) return strings.tooLarge(formatBytes(file.size), formatBytes(limit));
  if (file.size <= rules.max_request_bytes) return undefined;
  return strings.tooLargeToSend(formatBytes(file.size), formatBytes(rules.max_request_bytes));
}

/** A kind is an extension, or a type such as `image/*`. */
function isOfKind({ name, type }, kind) {
  return kind.endsWith("/*") ? type.startsWith(kind.slice(0, -1)) : name.toLowerCase().endsWith(kind);
}

function whyUnreadable({ type }) {
  if (type.startsWith("video/")) return strings.isVideo;
  return type === "application/pdf" ? strings.isPdf : strings.notAnImage;
}
