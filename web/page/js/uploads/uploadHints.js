/** What helps whoever has no photos here yet. */

import { h } from "../dom.js";
import { formatBytes } from "../formatting.js";
import { may } from "../rights.js";
import { strings } from "../strings.js";
import { rules } from "./uploadRules.js";

const canDrop = () => matchMedia("(any-pointer: fine)").matches; // fingers do not drop files

export function firstPhotosHint() {
  if (!may("contributor")) return strings.readOnly;
  return canDrop() ? strings.noPhotosHint : strings.noPhotosHintTouch;
}

/** What is taken, how large it may be, and where photos to try with come from. */
export function acceptedHint() {
  const limit = rules.max_bytes && formatBytes(rules.max_bytes);
  return h(
    "div",
    { class: "accepted needs-contributor" },
    h("p", {}, strings.acceptedKinds, limit && ` ${strings.largestFile(limit)}`),
    isLocal() && h("p", {}, strings.samplePhotos, " ", h("code", {}, "python -m ingest import samples")),
  );
}

const isLocal = () => /^(localhost|127\..*|\[::1\])$/.test(location.hostname);
