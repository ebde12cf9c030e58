/** The trash: what was deleted and until when, to be put back or deleted for good. */

import { get, post, remove } from "../api.js";
import { confirmed } from "../confirm.js";
import { button, h, setChildren } from "../dom.js";
import { formatPerson, formatRelativeTime } from "../formatting.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { state, urlChanges } from "../urlState.js";
import { closeOutside, viewDialog } from "../viewDialog.js";

const PAGE_SIZE = 100;
const DAY = 86_400_000; // milliseconds

export class TrashDialog {
  #onChange;
  #onRestored;
  #photos = [];
  #total = 0;
  #error = "";

  /** `onChange()` is called when a photo came back or is gone, and before that `onRestored(id)` of one that comes back. */
  constructor(onChange, onRestored) {
    this.#onChange = onChange;
    this.#onRestored = onRestored;
    this.body = h("div", { class: "body" });
    this.dialog = viewDialog("trash", strings.trash, this.body);
    closeOutside(this.dialog);
    urlChanges.addEventListener("change", () => this.followUrl());
  }

  /** Open or close the dialog as the URL says. */
  followUrl() {
    const open = state.view === "trash";
    if (open === this.dialog.open) return;
    if (!open) {
      this.dialog.close();
      return;
    }
    setChildren(this.body);
    this.dialog.showModal();
    this.#load();
  }

  /** The first page anew, or the next one after those that are shown. */
  async #load(skip = 0) {
    this.#error = "";
    try {
      const { total, photos } = await get("/api/trash", { top: PAGE_SIZE, skip });
      this.#photos = skip ? [...this.#photos, ...photos] : photos;
      this.#total = total;
    } catch (error) {
      this.#error = error.message;
    }
    this.#draw();
  }

  #draw() {
    const { length } = this.#photos;
    const more = button(strings.more, { class: "text-button", onclick: () => this.#load(length) });
    const empty = button(strings.emptyTrash, {
      icon: "trash",
      class: "danger needs-admin",
      onclick: () => this.#empty(),
    });
    setChildren(
      this.body,
      this.#error && h("p", { class: "note error", role: "alert" }, this.#error),
      h("p", { class: "muted" }, length ? strings.trashHint : !this.#error && strings.trashEmpty),
      length > 0 && h("div", { class: "row" }, h("p", {}, strings.totalPhotos(this.#total)), empty),
      h(
        "ul",
        { class: "trashed" },
        this.#photos.map((each) => this.#row(each)),
      ),
      this.#total > length && more,
    );
  }

  #row(photo) {
    const { path, title, by, deleted_at: deletedAt, expires_at: expiresAt, restorable } = photo;
    const history = [strings.deletedAt(formatRelativeTime(deletedAt), formatPerson(by)), daysLeft(expiresAt)].join(
      " · ",
    );
    const name = title || path;
    return h(
      "li",
      {},
      h(
        "div",
        {},
        h("strong", { dir: "auto" }, name),
        title && h("p", { dir: "auto" }, path),
        h("p", { class: "muted" }, history),
        !restorable && h("p", { class: "note" }, strings.notRestorable),
      ),
      h(
        "div",
        { class: "choices" },
        restorable &&
          button(strings.restore, { "aria-label": strings.restorePhoto(name), onclick: () => this.#restore(photo) }),
        button(strings.deleteForGood, {
          class: "danger needs-admin",
          "aria-label": strings.deletePhotoForGood(name),
          onclick: () => this.#deleteForGood(photo),
        }),
      ),
    );
  }

  #restore({ id, path, title }) {
    const put = async () => {
      await post(`/api/trash/${id}/restore`);
      this.#onRestored(id);
    };
    return this.#change(put, strings.restored(title || path), id);
  }

  async #deleteForGood({ id, path, title }) {
    const name = title || path;
    if (!(await confirmed(strings.deleteForGoodQuestion(name), strings.deleteForGood))) return;
    await this.#change(() => remove(`/api/trash/${id}`), strings.deletedForGood(name), id);
  }

  async #empty() {
    if (!(await confirmed(strings.emptyQuestion(this.#total), strings.emptyTrash))) return;
    await this.#change(() => remove("/api/trash"), strings.trashEmptied);
  }

  /** Do it, say so, and take what is no longer in the trash off the list; without an id that is everything. */
  async #change(action, message, id) {
    try {
      await action();
      toast(message);
    } catch (error) {
      toast(error.message);
      if (error.status !== 404) return; // what is gone already leaves the list
    }
    this.#photos = this.#photos.filter((each) => id && each.id !== id);
    this.#total = id ? this.#total - 1 : 0;
    this.#draw();
    this.dialog.querySelector("h2").focus();
    this.#onChange();
  }
}

function daysLeft(expiresAt) {
  return strings.daysLeft(Math.max(0, Math.ceil((new Date(expiresAt) - Date.now()) / DAY)));
}
