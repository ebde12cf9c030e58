/** One photo to be reviewed: the picture, why it is in the queue, and its words to be corrected in place. */

import { h, setChildren } from "../dom.js";
import { formatTaken } from "../formatting.js";
import { cachedLink, showImage } from "../imageLinks.js";
import { captionLanguage } from "../languages.js";
import { changesOf, fieldRows } from "../photo/fieldRow.js";
import { may } from "../rights.js";
import { strings } from "../strings.js";
import { fieldsToReview, reasonList } from "./reviewReasons.js";

export class ReviewSheet {
  #rows = [];
  #reasons = h("div", {});

  /** `failed` has changes that could not be saved: they are in the fields again, with what others have written there. */
  constructor(photo, failed) {
    this.photo = photo;
    this.failed = failed;
    this.fields = h("div", { class: "review-fields" });
    const name = photo.title || photo.file_name;
    this.element = h(
      "div",
      { class: "review-sheet" },
      h("div", { class: "picture" }, pictureOf(photo)),
      h(
        "div",
        { class: "words" },
        h("h3", { lang: captionLanguage(photo), dir: "auto" }, name),
        h(
          "p",
          { class: "muted facts" },
          h("span", {}, photo.taken_local ? formatTaken(photo) : strings.noDate),
          h("bdi", {}, photo.path),
        ),
        photo.isAccepted && h("p", { class: "accepted" }, strings.accepted),
        this.#reasons,
        this.fields,
      ),
    );
    this.#draw();
  }

  async #draw() {
    const { changes = {}, error } = this.failed ?? {};
    const { before, names = [] } = error ?? {}; // of an EditConflict
    this.#rows = await fieldRows(before ?? this.photo, fieldsToReview(this.photo));
    setChildren(this.#reasons, reasonList(this.photo)); // which needs the names of the library's own fields
    for (const row of this.#rows) {
      row.write(changes);
      if (before) row.follow(this.photo, names.includes(row.name));
      if (!may("editor")) row.input.disabled = true;
    }
    setChildren(
      this.fields,
      this.#rows.map((row) => row.element),
    );
  }

  get hasChanges() {
    return this.#rows.some((row) => row.isChanged);
  }

  /** What was corrected and has not been taken yet. */
  takeChanges() {
    const changes = changesOf(this.#rows);
    for (const row of this.#rows) row.settle();
    return changes;
  }

  /** Whether the browser finds nothing wrong with what was entered; it says so where it does. */
  isValid() {
    return this.#rows.every(({ input }) => input.reportValidity?.() ?? true);
  }

  /** To the first field that needs it. */
  focusField() {
    const input = this.#rows[0]?.input;
    (input?.matches("[role=group]") ? input.querySelector("input") : input)?.focus();
  }
}

function pictureOf(photo) {
  const img = h("img", { alt: photo.alt_text || photo.title || photo.file_name, decoding: "async" });
  const thumbnail = cachedLink(photo.id, "thumbnail");
  if (thumbnail && !cachedLink(photo.id, "preview")) img.src = thumbnail;
  const failed = () => img.replaceWith(h("p", { class: "muted" }, strings.imageUnavailable));
  showImage(img, photo.id, "preview", failed);
  return img;
}
