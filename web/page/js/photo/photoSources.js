/** Whose words these are: which fields people wrote, which come from the file, and which from the model. */

import { h, setChildren } from "../dom.js";
import { ownFields } from "../library/ownFields.js";
import { strings } from "../strings.js";
import { nameOfField, OWN } from "./ownFieldInputs.js";

/** A list of fields by source, and of those that people wrote for an earlier file; nothing where nobody edited. */
export function photoSources({ sources = {}, for_earlier_file: earlier = [] }) {
  if (!Object.values(sources).includes("person")) return false;
  const element = h("div", {});
  const draw = () => setChildren(element, listOf(sources), earlier.length > 0 && earlierHint(earlier));
  draw();
  if ([...Object.keys(sources), ...earlier].some((name) => name.startsWith(OWN))) ownFields.load().then(draw);
  return element;
}

function listOf(sources) {
  const rows = ["person", "file", "model"].map((source) => [
    strings.sources[source],
    Object.keys(sources).filter((name) => sources[name] === source),
  ]);
  return h(
    "dl",
    { class: "sources" },
    rows.filter(([, names]) => names.length).map(([title, names]) => [h("dt", {}, title), h("dd", {}, listed(names))]),
  );
}

const earlierHint = (names) => h("p", { class: "hint" }, strings.forEarlierFile(listed(names)));

const listed = (names) => names.map(nameOfField).join(", ");
