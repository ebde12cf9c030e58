/** Two photos side by side, or two versions of what is said of one. */

import { get, photoPath } from "../api.js";
import { button, h, setChildren } from "../dom.js";
import { formatPerson, formatRelativeTime } from "../formatting.js";
import { showImage } from "../imageLinks.js";
import { strings } from "../strings.js";
import { textOf } from "./photoHistory.js";

const WORDS = ["title", "alt_text", "caption", "tags"];

/** Open the dialog; `photos` are those among which the photo is at this position. */
export function openComparison(photo, { photos, position }) {
  const body = h("div", { class: "compared" });
  const kinds = h("div", { class: "kinds", role: "group", "aria-label": strings.compare });
  const close = () => dialog.close();
  const header = h(
    "div",
    { class: "header" },
    h("h2", { id: "compare-title", tabIndex: -1 }, strings.compare),
    kinds,
    button(strings.close, { icon: "close", iconOnly: true, class: "borderless", onclick: close }),
  );
  const dialog = h("dialog", { id: "compare", "aria-labelledby": "compare-title" }, header, body);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("keydown", (event) => event.stopPropagation()); // the photo below has keys of its own
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  const views = { photos: () => new PhotoPair(photo, photos, position).element, versions: () => versions(photo) };
  const show = (kind) => {
    for (const each of kinds.children) each.setAttribute("aria-pressed", String(each.dataset.kind === kind));
    setChildren(body, views[kind]());
  };
  const hasOthers = photos.length > 1;
  const choices = hasOthers ? ["photos", "versions"] : ["versions"];
  setChildren(
    kinds,
    choices.map((kind) => button(strings.compareKinds[kind], { "data-kind": kind, onclick: () => show(kind) })),
  );
  show(choices[0]);
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("h2").focus();
}

/** A photo on the left, and on the right the others, one after the other. */
class PhotoPair {
  #photo;
  #photos;
  #position;

  constructor(photo, photos, position) {
    this.#photo = photo;
    this.#photos = photos;
    this.#position = position;
    this.right = h("div", { class: "side" });
    this.element = h("div", { class: "pair" }, h("div", { class: "side" }, photoSide(photo)), this.right);
    this.#step(position < photos.length - 1 ? 1 : -1);
  }

  async #step(by) {
    let next = this.#position + by;
    if (next === this.#photos.positionOf(this.#photo.id)) next += by; // not beside itself
    if (next < 0 || next >= this.#photos.length) return;
    const item = await this.#photos.photoAt(next);
    if (!item) return;
    this.#position = next;
    const record = await get(photoPath(item.id)).catch(() => item);
    if (this.#position !== next) return;
    const steps = h(
      "div",
      { class: "row" },
      button(strings.previous, { icon: "left", iconOnly: true, onclick: () => this.#step(-1) }),
      button(strings.next, { icon: "right", iconOnly: true, onclick: () => this.#step(1) }),
    );
    setChildren(this.right, photoSide(record, steps));
  }
}

/** A picture and what is said of it; `steps` lead to others, and stay where they are whatever is said. */
function photoSide(photo, steps = false) {
  const img = h("img", { alt: photo.alt_text || photo.title || photo.file_name || "", decoding: "async" });
  showImage(img, photo.id, "preview");
  const title = h("h3", { dir: "auto" }, photo.title || photo.file_name);
  return [h("div", { class: "frame" }, img), h("div", { class: "side-title" }, title, steps), words(photo)];
}

/** What is said of a photo; what another version says otherwise is marked. */
function words(version, other) {
  const rows = WORDS.map((name) => {
    const text = textOf(version[name] ?? "");
    const isOther = other && textOf(other[name] ?? "") !== text;
    return [h("dt", {}, strings.fieldNames[name]), h("dd", { dir: "auto" }, isOther ? h("mark", {}, text) : text)];
  });
  return h("dl", {}, rows);
}

/** Two versions of what is said of a photo, each chosen from all that there are. */
function versions(photo) {
  const element = h("div", { class: "versions" }, h("p", { class: "muted" }, strings.loading));
  versionsOf(photo).then((all) => drawVersions(element, all));
  return element;
}

function drawVersions(element, all) {
  if (all.length < 2) {
    setChildren(element, h("p", { class: "muted" }, strings.oneVersion));
    return;
  }
  const sides = [h("div", { class: "side" }), h("div", { class: "side" })];
  const chosen = [1, 0]; // the one before on the left, the present one on the right
  const draw = () => {
    for (const [side, element_] of sides.entries()) {
      const options = all.map(({ label }, index) =>
        h("option", { value: String(index), selected: index === chosen[side] }, label),
      );
      const onchange = (event) => {
        chosen[side] = Number(event.target.value);
        draw();
        sides[side].querySelector("select").focus();
      };
      const select = h("select", { "aria-label": strings.versionSide[side], onchange }, options);
      setChildren(element_, select, words(all[chosen[side]], all[chosen[1 - side]]));
    }
  };
  draw();
  setChildren(element, h("div", { class: "pair" }, sides));
}

/** The present version first, then those before each change by people, then earlier descriptions by the model. */
async function versionsOf(photo) {
  const [{ changes }, { descriptions }] = await Promise.all([
    get(`${photoPath(photo.id)}/history`).catch(() => ({ changes: [] })),
    get(`${photoPath(photo.id)}/descriptions`).catch(() => ({ descriptions: [] })),
  ]);
  const present = { label: strings.versionNow, ...pick(photo) };
  const versions_ = [present];
  let current = pick(photo);
  for (const { before, by, at, undone_by: undone } of changes) {
    const names = Object.keys(before).filter((name) => WORDS.includes(name));
    if (undone || !names.length) continue;
    const values = names.map((name) => [name, before[name] ?? photo.unedited?.[name] ?? current[name]]);
    current = { ...current, ...Object.fromEntries(values) };
    versions_.push({ label: strings.versionBefore(formatPerson(by), formatRelativeTime(at)), ...current });
  }
  const earlier = descriptions.filter((each) => !each.is_current);
  return [...versions_, ...earlier.map((each) => ({ label: described(each), ...pick(each) }))];
}

const described = ({ described_at: at }) => strings.versionDescribed(at ? formatRelativeTime(at) : "");

const pick = (version) => Object.fromEntries(WORDS.map((name) => [name, version[name]]));
