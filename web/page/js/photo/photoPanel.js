/** The panel beside a photo: its details, or a form in their place, and what became of what was written there. */

import { get, photoPath } from "../api.js";
import { button, h, icon, setChildren } from "../dom.js";
import { loaded } from "../lazyView.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { navigate, state } from "../urlState.js";
import { changesIn, rescue, takeDraft, whenWanted } from "./drafts.js";
import { photoDetails } from "./photoDetails.js";

const asText = (photo, context) => JSON.stringify([photo, context]);

export class PhotoPanel {
  #actions;
  #context = {};
  #edited = ""; // the id of the photo whose form is open
  #photo = null; // as it is shown
  #shown = ""; // the same with its context, to compare

  /**
   * `actions` has `open(id, photos)`, `deletePhoto(photo)`, `compare(photo)`, `onMoved(oldId, photo)` and
   * `onEdited(photo)`.
   */
  constructor(actions) {
    this.#actions = actions;
    this.element = h("div", { class: "details", tabIndex: 0, role: "region", "aria-label": strings.details });
    whenWanted((id) => this.#goOn(id));
  }

  /** Show a photo; `context` has the question that found it, and the stack that it is in. */
  draw(photo, context = this.#context) {
    this.#context = context;
    if (this.#edited === photo.id || this.#isWriting(photo)) return; // what somebody is writing stays
    if (this.#shown === asText(photo, context)) return; // and so does what somebody is about to press
    this.#rescue();
    this.#show(photo);
    const draft = takeDraft(photo.id);
    if (draft) this.#edit(photo, draft);
  }

  /** Offer what was written in forms that go. */
  #rescue() {
    rescue(...this.#forms);
  }

  get #forms() {
    return [...this.element.querySelectorAll("form")];
  }

  /** Open the form of a photo again, with what was written there. */
  #goOn(id) {
    if (state.photo === id && this.#photo?.id === id) this.#edit(this.#photo, takeDraft(id));
    else this.#actions.open(id);
  }

  /** Whether a field of this photo is being written in place. */
  #isWriting(photo) {
    return this.photoId === photo.id && Boolean(this.element.querySelector(".field-form"));
  }

  #show(photo) {
    this.#edited = "";
    this.photoId = photo.id;
    this.#photo = photo;
    this.#shown = asText(photo, this.#context);
    const isFocused = this.element.contains(document.activeElement);
    const open = [...this.element.querySelectorAll("details[open]")].map((each) => each.className);
    const actions = {
      ...this.#actions,
      ...this.#context,
      saved: (each, isOurs) => this.#saved(each, isOurs),
      editPhoto: (each) => this.#edit(each),
      undoEdit: (each) => this.#undo(each),
      movePhoto: (each) => this.#move(each),
    };
    const { scrollTop } = this.element;
    setChildren(this.element, photoDetails(photo, actions));
    for (const each of open) for (const part of this.element.getElementsByClassName(each)) part.open = true;
    this.element.scrollTop = scrollTop;
    if (isFocused) this.element.focus();
  }

  clear() {
    this.#rescue();
    this.#edited = "";
    this.photoId = "";
    this.#photo = null;
    this.#shown = "";
    setChildren(this.element);
  }

  /** What is shown in place of a photo that could not be had; `retry` asks again. */
  drawError(error, retry) {
    this.clear();
    const isMissing = error.status === 404;
    const title = isMissing ? strings.photoMissing : strings.cannotOpen;
    const hint = isMissing ? strings.photoMissingHint : error.message;
    const again = !isMissing && button(strings.retry, { icon: "retry", onclick: retry });
    const content = h(
      "div",
      { class: isMissing ? "load-error missing" : "load-error" },
      icon("broken"),
      h("h2", {}, title),
      h("p", {}, hint),
      again,
    );
    setChildren(this.element, content);
  }

  /**
   * Show what was saved, unless another photo or its form is shown by now, and offer the way back from what is ours. What
   * somebody has begun to write elsewhere goes on in the form.
   */
  #saved(photo, isOurs = true) {
    if (state.photo === photo.id && this.#edited !== photo.id) {
      const others = changesIn(this.#forms);
      this.#show(photo);
      if (Object.keys(others).length) this.#edit(photo, others);
    }
    if (isOurs) this.#offerUndo(photo);
  }

  async #edit(photo, draft) {
    const form = await loaded(async () => {
      const { photoForm } = await import("./photoForm.js");
      return photoForm;
    });
    const done = (changed, isSaved) => {
      if (state.photo === photo.id) {
        this.#show(changed ?? photo);
        this.#focusTitle();
      }
      if (isSaved) this.#offerUndo(changed);
    };
    if (form) this.#showForm(photo, form(photo, { done, draft }));
  }

  #showForm(photo, form) {
    if (state.photo !== photo.id) return; // another was opened while the form was loaded
    this.#edited = photo.id;
    this.#shown = "";
    setChildren(this.element, form);
    this.element.scrollTop = 0;
    this.#focusTitle();
  }

  #focusTitle() {
    this.element.querySelector("h2")?.focus();
  }

  async #move(photo) {
    const form = await loaded(async () => {
      const { photoMove } = await import("./photoMove.js");
      return photoMove;
    });
    const done = async (id) => {
      this.#edited = "";
      if (id) await this.#showMoved(photo.id, id);
      else this.#show(photo);
      this.#focusTitle();
    };
    if (form) this.#showForm(photo, form(photo, { done }));
  }

  /** Show a photo under its new id, here and in the results. */
  async #showMoved(oldId, id) {
    const moved = await get(photoPath(id)).catch(() => ({ id }));
    this.#actions.onMoved(oldId, moved);
    if (state.photo === oldId) navigate({ photo: id }, { replace: true });
    toast(strings.moved);
  }

  /** An earlier edit of the photo cannot be undone before this one, so its offer ends. */
  async #offerUndo(photo) {
    this.#actions.onEdited(photo);
    if (await toast(strings.saved, { actionLabel: strings.undo, kind: "edit" })) await this.#undo(photo);
  }

  async #undo(edited) {
    try {
      const { undoLastEdit } = await import("./saving.js");
      const photo = await undoLastEdit(edited);
      this.#actions.onEdited(photo);
      if (state.photo === edited.id) this.#show(photo);
    } catch (error) {
      toast(error.message);
    }
  }
}
