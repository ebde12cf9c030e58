/** Proposed changes as a list of photos: of each field what is there and what would be; of lists only what differs. */

import { button, h, setChildren } from "../dom.js";
import { nameOfField } from "../photo/ownFieldInputs.js";
import { strings } from "../strings.js";
import { thumbnailButtons } from "../thumbnails.js";

const FEW = 5; // photos before "show more"

/** The list; `open(id)` is called for a photo that is chosen. */
export function proposedChanges(changes, open) {
  const byPhoto = new Map();
  for (const each of changes) byPhoto.set(each.photo, [...(byPhoto.get(each.photo) ?? []), each]);
  const rows = [...byPhoto].map(([id, fields]) => row(id, fields, open));
  const list = h("ul", { class: "changes" }, rows.slice(0, FEW));
  if (rows.length <= FEW) return list;
  const showAll = () => {
    setChildren(list, rows);
    rows[FEW].querySelector("button").focus();
    more.remove();
  };
  const more = button(strings.moreChanges(rows.length - FEW), { class: "text-button", onclick: showAll });
  return [list, more];
}

function row(id, fields, open) {
  const { path } = fields[0];
  return h(
    "li",
    {},
    thumbnailButtons([{ id, path }], open),
    h(
      "div",
      {},
      h("p", { class: "muted", dir: "auto" }, path),
      h(
        "dl",
        {},
        fields.map((each) => [h("dt", {}, nameOfField(each.field)), h("dd", {}, diff(each))]),
      ),
    ),
  );
}

function diff({ old, new: wanted }) {
  if (!Array.isArray(wanted)) return [removed(String(old ?? "")), arrow(old), added(String(wanted))];
  const before = old ?? [];
  const gone = before.filter((each) => !wanted.includes(each)).map(removed);
  const come = wanted.filter((each) => !before.includes(each)).map(added);
  return gone.length + come.length ? [gone, come] : [removed(before.join(", ")), arrow(old), added(wanted.join(", "))];
}

/** Not all screen readers tell of `del` and `ins`, so words do. */
function removed(text) {
  return text && h("del", {}, h("span", { class: "visually-hidden" }, strings.insteadOf), h("bdi", {}, text));
}

function added(text) {
  return h("ins", {}, h("span", { class: "visually-hidden" }, strings.wouldBe), h("bdi", {}, text));
}

const arrow = (old) => old && h("span", { class: "arrow", "aria-hidden": "true" }, "→");
