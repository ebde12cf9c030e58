/** What is known of one photo: caption, tags and place as links into search, text, facts, similar photos. */

import { get, photoPath } from "./api.js";
import { moment, weight } from "./dates.js";
import { button, fill, h, icon } from "./dom.js";
import { filterName, swatch } from "./filters.js";
import { link, show } from "./links.js";
import { address, go } from "./state.js";
import { number, words } from "./strings.js";
import { toast } from "./toast.js";

/** The panel beside the picture; `open(id)` shows another photo, `erase(photo)` deletes this one. */
export function facts(photo, { open, erase }) {
  const similar = h("div", { class: "strip" });
  showSimilar(photo.id, similar, open);
  return [
    h("h2", { id: "photo-title", tabIndex: -1 }, photo.title || photo.file_name),
    h("p", { class: "when" }, icon("calendar"), photo.taken_at ? whenLink(photo) : words.undated),
    photo.caption && part(words.caption, h("p", { class: "caption" }, photo.caption)),
    photo.tags.length > 0 &&
      part(
        words.tags,
        h(
          "ul",
          { class: "tags" },
          photo.tags.map((tag) => h("li", {}, search("tag", tag))),
        ),
      ),
    photo.text_in_photo && part(words.text, h("blockquote", {}, photo.text_in_photo)),
    place(photo),
    part(
      words.facts,
      h(
        "dl",
        {},
        rows(photo).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
      ),
    ),
    h("div", { class: "actions" }, actions(photo, erase)),
    part(words.similar, similar),
  ];
}

function part(title, ...content) {
  return h("section", {}, h("h3", {}, title), content);
}

/** A link that searches the library for one thing; it is a real address, so it can be opened in a new tab. */
export function search(name, value, label = filterName(name, value)) {
  const next = { q: "", sort: "", filters: { [name]: [value] }, photo: "", view: "" };
  const follow = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(next);
  };
  return h("a", { href: address(next), onclick: follow }, label);
}

/** The day as a link; a date that is only the file's says so. */
function whenLink(photo) {
  const when = moment(photo);
  const label = photo.taken_at_source === "blob" ? words.fileDate(when) : when;
  return search("taken_in", photo.taken_at.slice(0, 10), label);
}

function place(photo) {
  const names = ["place", "city", "country"].filter((name) => photo[name]).map((name) => search(name, photo[name]));
  if (!photo.location && !names.length) return false;
  return part(
    words.fact.place,
    h("p", { class: "where" }, icon("pin"), names, photo.location && coordinates(photo.location)),
  );
}

function coordinates({ latitude, longitude }) {
  const at = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=14/${latitude}/${longitude}`;
  return [
    h("span", {}, at),
    search("near", `${latitude.toFixed(4)},${longitude.toFixed(4)},5`, words.nearby),
    h("a", { href: map, target: "_blank", rel: "noopener noreferrer" }, words.map, icon("open")),
  ];
}

function rows(photo) {
  const size = [words.pixels(photo.width, photo.height), photo.format.toUpperCase(), weight(photo.size_bytes)];
  return [
    [words.fact.name, photo.file_name],
    [words.fact.folder, photo.folder && search("folder", photo.folder)],
    [words.fact.size, size.join(" · ")],
    [words.fact.camera, photo.camera && search("camera", photo.camera)],
    [words.fact.lens, photo.lens],
    [words.fact.people, photo.people > 0 && number(photo.people)],
    [words.fact.colors, photo.colors.length > 0 && photo.colors.map((name) => search("color", name, colorName(name)))],
  ].filter(([, value]) => value);
}

const colorName = (name) => h("span", { class: "color" }, swatch(name), name);

function actions(photo, erase) {
  return [
    button(words.download, { icon: "download", onclick: () => download(photo.id) }),
    button(words.copyAlt, { icon: "copy", onclick: () => copy(photo.alt_text || photo.title) }),
    button(words.delete, { icon: "trash", class: "danger", onclick: () => erase(photo) }),
  ];
}

/** The link says that it is a file to keep, so the page stays. */
async function download(id) {
  try {
    const url = await link(id, "original", { fresh: true });
    if (!url) return toast(words.noOriginal);
    return h("a", { href: url, rel: "noreferrer" }).click();
  } catch (error) {
    return toast(error.message);
  }
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(words.copied, { stay: 2500 });
  } catch {
    toast(words.notCopied);
  }
}

async function showSimilar(id, strip, open) {
  try {
    const { photos } = await get(`${photoPath(id)}/similar`, { top: 12 });
    fill(strip, thumbnails(photos, open));
    strip.parentElement.hidden = !photos.length;
  } catch {
    strip.parentElement?.remove();
  }
}

/** Photos as a row of buttons. */
export function thumbnails(photos, open) {
  return photos.map((photo) => {
    const img = h("img", { alt: photo.alt_text || photo.title || photo.path, decoding: "async" });
    const failed = () => img.replaceWith(h("span", { class: "broken" }, icon("broken")));
    show(img, photo.id, "thumbnail", failed);
    const chosen = h("button", { type: "button", class: "thumb", onclick: () => open(photo.id, photos) }, img);
    chosen.title = photo.title || photo.path;
    return chosen;
  });
}
