/** Whose words these are: which fields people wrote, which come from the file, and which from the model. */

import { h } from "../dom.js";
import { strings } from "../strings.js";

/** A list of fields by source, and of those that people wrote for an earlier file; nothing where nobody edited. */
export function photoSources({ sources = {}, for_earlier_file: earlier = [] }) {
  if (!Object.values(sources).includes("person")) return false;
  const rows = ["person", "file", "model"].map((source) => [
    strings.sources[source],
    Object.keys(sources).filter((name) => sources[name] === source),
  ]);
  return [
    h(
      "dl",
      { class: "sources" },
      rows
        .filter(([, names]) => names.length)
        .map(([title, names]) => [h("dt", {}, title), h("dd", {}, listed(names))]),
    ),
    earlier.length > 0 && h("p", { class: "hint" }, strings.forEarlierFile(listed(earlier))),
  ];
}

const listed = (names) => names.map((name) => strings.fieldNames[name] ?? name).join(", ");
