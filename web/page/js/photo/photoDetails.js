/** The details of one photo: description, tags and place as links into search, text, metadata, similar photos. */

import { get, photoPath } from "../api.js";
import { copyText } from "../clipboard.js";
import { photoCollections } from "../collections/photoCollections.js";
import { button, h, icon, setChildren } from "../dom.js";
import { photoFeedback } from "../feedback.js";
import { formatBytes, formatDay, formatTaken, takenPeriod } from "../formatting.js";
import { getLink } from "../imageLinks.js";
import { captionLanguage, UNKNOWN } from "../languages.js";
import { loaded } from "../lazyView.js";
import { colorSwatch, filterLabel } from "../library/filterLabels.js";
import { searchLink } from "../library/searchLink.js";
import { formatNumber, strings } from "../strings.js";
import { thumbnailButtons } from "../thumbnails.js";
import { toast } from "../toast.js";
import { editButton } from "./editButton.js";
import { fileDetails } from "./fileDetails.js";
import { ownFieldDetails } from "./ownFieldDetails.js";
import { photoHistory } from "./photoHistory.js";
import { photoSources } from "./photoSources.js";

/**
 * The contents of the panel; `open(id)` shows another photo, `saved(photo)` this one as it was saved, `compare(photo)` this
 * one beside another, and the others delete, edit and move it. `question` are the words of the search that found it, if one
 * did; `stack` are the photos that were shown as one because they look the same.
 */
export function photoDetails(photo, actions) {
  const { open, saved, question, stack = [] } = actions;
  const lang = captionLanguage(photo);
  return [
    titleLine(photo, lang, saved),
    h("p", { class: "date" }, icon("calendar"), dateLink(photo)),
    photoActions(photo, actions),
    question && photoFeedback(photo.id, question),
    ownFieldDetails(photo, saved),
    fileSection(photo, strings.fromTheFile),
    fileSection(photo, strings.sources.person, "person"),
    photo.caption &&
      editable(
        photo,
        "caption",
        captionTitle(photo),
        saved,
        h("p", { class: "caption", lang, dir: "auto" }, photo.caption),
      ),
    photo.tags.length > 0 && editable(photo, "tags", strings.tags, saved, tagList(photo.tags, lang)),
    photo.suggested_tags?.length > 0 &&
      section(strings.suggestedTags, h("p", { lang, dir: "auto" }, photo.suggested_tags.join(", "))),
    photo.text_in_photo &&
      section(strings.textInPhoto, h("blockquote", { lang: UNKNOWN, dir: "auto" }, photo.text_in_photo)),
    place(photo),
    photoCollections(photo),
    section(strings.details, metadata(photo), photoSources(photo)),
    stack.length > 0 && section(strings.lookTheSame(stack.length), stackList(stack, open)),
    allFields(photo, saved),
    photoHistory(photo, saved),
    similarPhotos(photo.id, open),
  ];
}

function titleLine(photo, lang, saved) {
  const heading = h(
    "h2",
    { id: "photo-title", tabIndex: -1, dir: "auto", lang: photo.title ? lang : UNKNOWN },
    photo.title || photo.file_name,
  );
  const line = h(
    "div",
    { class: "title-line" },
    heading,
    editButton(photo, "title", () => line, saved),
  );
  return line;
}

/** A section with a pencil, which edits the field where it stands. */
function editable(photo, name, title, saved, content) {
  const part = section(title, content);
  part.classList.add("editable");
  part.firstElementChild.after(editButton(photo, name, () => part, saved));
  return part;
}

/** All fields, folded away: most are shown above in a form that is nicer to read. */
function allFields(photo, saved) {
  const summary = h("summary", {}, h("h3", {}, strings.allFields));
  const ontoggle = async () => {
    const fieldList =
      part.open &&
      (await loaded(async () => {
        const { fieldList } = await import("./fieldList.js");
        return fieldList;
      }));
    if (fieldList && part.childElementCount === 1) part.append(fieldList(photo, saved));
  };
  const part = h("details", { class: "all-fields", ontoggle }, summary);
  return part;
}

function section(title, ...content) {
  return h("section", {}, h("h3", {}, title), content);
}

/** The owner's words, apart from those of the model, and what people wrote in place of them apart from both. */
function fileSection(photo, title, source) {
  const content = fileDetails(photo, source);
  return content.length > 0 && section(title, content);
}

/** The day as a link to all photos of that day, or to all without a date. */
function dateLink(photo) {
  if (!photo.taken_local) return searchLink("dated", "false");
  return searchLink("taken_in", takenPeriod(photo), formatTaken(photo));
}

const captionTitle = ({ sources }) => (sources?.caption === "person" ? strings.captionByPerson : strings.caption);

function tagList(tags, lang) {
  return h(
    "ul",
    { class: "tags", lang },
    tags.map((tag) => h("li", {}, searchLink("tag", tag))),
  );
}

function place(photo) {
  const names = ["city", "state", "country"].filter((name) => photo[name]).map((name) => searchLink(name, photo[name]));
  if (!photo.location && !names.length) return false;
  return section(
    strings.detailNames.place,
    h("p", { class: "place" }, icon("pin"), names, photo.location && coordinates(photo.location)),
  );
}

function coordinates({ latitude, longitude }) {
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=14/${latitude}/${longitude}`;
  return [
    h("span", {}, `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`),
    searchLink("near", `${latitude.toFixed(4)},${longitude.toFixed(4)},5`, strings.nearby),
    h("a", { href: map, target: "_blank", rel: "noopener noreferrer" }, strings.map, icon("open")),
  ];
}

function metadata(photo) {
  const size = [strings.pixels(photo.width, photo.height), photo.format.toUpperCase(), formatBytes(photo.size_bytes)];
  const names = strings.detailNames;
  const rows = [
    [names.name, h("bdi", {}, photo.file_name)],
    [names.folder, photo.folder && searchLink("folder", photo.folder)],
    [names.size, size.join(" · ")],
    [names.camera, photo.camera && searchLink("camera", photo.camera)],
    [names.lens, photo.lens],
    [names.marks, marks(photo)],
    [names.people, photo.people > 0 && formatNumber(photo.people)],
    [names.setting, strings.settings[photo.setting]],
    [names.colors, photo.colors.length > 0 && photo.colors.map((name) => searchLink("color", name, colorLabel(name)))],
    [names.added, photo.arrived_at && formatDay(photo.arrived_at)],
  ];
  return h(
    "dl",
    {},
    rows.filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );
}

function marks(photo) {
  const names = ["favorite", "reviewed"].filter((name) => photo[name]);
  return names.length > 0 && names.map((name) => searchLink(name, "true", strings.marks[name]));
}

const colorLabel = (name) => h("span", { class: "color" }, colorSwatch(name), filterLabel("color", name));

/** What can be done with the photo, in one row that is seen without scrolling. */
function photoActions(photo, { editPhoto, undoEdit, movePhoto, deletePhoto, compare }) {
  const isEdited = Object.values(photo.sources ?? {}).includes("person");
  const action = (label, name, onclick, classes = "") =>
    button(label, { icon: name, iconOnly: true, class: classes, onclick });
  return h(
    "div",
    { class: "photo-actions", role: "group", "aria-label": strings.photoActions },
    button(strings.edit, { icon: "edit", class: "needs-editor", onclick: () => editPhoto(photo) }),
    action(strings.move, "folder", () => movePhoto(photo), "needs-editor"),
    isEdited && action(strings.undoEdit, "retry", () => undoEdit(photo), "needs-editor"),
    action(strings.compare, "compare", () => compare(photo)),
    action(strings.download, "download", () => download(photo.id)),
    action(strings.copyAltText, "copy", () => copyText(photo.alt_text || photo.title)),
    action(strings.delete, "trash", () => deletePhoto(photo), "danger needs-editor"),
  );
}

/** The server sends the original as an attachment, so following the link does not leave the page. */
async function download(id) {
  try {
    const url = await getLink(id, "original", { fresh: true });
    if (url) h("a", { href: url, rel: "noreferrer" }).click();
    else toast(strings.noOriginal);
  } catch (error) {
    toast(error.message);
  }
}

const stackList = (stack, open) => h("div", { class: "thumbnails" }, thumbnailButtons(stack, open));

function similarPhotos(id, open) {
  const list = h("div", { class: "thumbnails" });
  const element = section(strings.similar, list);
  get(`${photoPath(id)}/similar`, { top: 12 })
    .then(({ photos }) => {
      setChildren(list, thumbnailButtons(photos, open));
      element.hidden = !photos.length;
    })
    .catch(() => element.remove());
  return element;
}
