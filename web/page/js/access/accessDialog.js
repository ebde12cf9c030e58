/** Who sees which photos: the rules as text, to be written by admins, and how far documents follow them. */

import { getRaw, put } from "../api.js";
import { button, h, setChildren } from "../dom.js";
import { strings } from "../strings.js";
import { state, urlChanges } from "../urlState.js";
import { viewDialog } from "../viewDialog.js";

const POLL_INTERVAL = 3_000; // milliseconds between looks at how far documents are

export class AccessDialog {
  #etag = null;
  #timer = 0;

  constructor() {
    this.notes = h("div", { id: "access-notes", role: "status" });
    this.rules = h("textarea", {
      id: "access-rules",
      rows: 16,
      spellcheck: false,
      dir: "ltr",
      "aria-label": strings.accessRules,
      "aria-describedby": "access-hint",
    });
    this.save = button(strings.save, { icon: "check", class: "primary", onclick: () => this.#save() });
    const hint = h("p", { id: "access-hint", class: "muted" }, strings.accessHint);
    const body = h("div", { class: "body" }, hint, this.notes, this.rules, h("div", { class: "row" }, this.save));
    this.dialog = viewDialog("access", strings.access, body);
    urlChanges.addEventListener("change", () => this.followUrl());
  }

  /** Open or close the dialog as the URL says. */
  followUrl() {
    const open = state.view === "access";
    if (open === this.dialog.open) return;
    if (!open) {
      clearTimeout(this.#timer);
      this.dialog.close();
      return;
    }
    this.dialog.showModal();
    this.#read();
  }

  /** Show the rules in force, in place of what is written here. */
  async #read() {
    this.save.disabled = true;
    try {
      const { record, etag } = await this.#load();
      this.#etag = etag;
      this.rules.value = JSON.stringify({ rules: record.rules }, null, 2);
      this.save.disabled = false;
    } catch (error) {
      this.#drawNotes({ error: error.message });
    }
  }

  async #load() {
    const response = await getRaw("/api/access");
    const record = await response.json();
    this.#drawNotes(record);
    return { record, etag: response.headers.get("ETag") };
  }

  async #save() {
    this.save.disabled = true;
    try {
      const response = await put("/api/access", this.rules.value, this.#etag ? { "If-Match": this.#etag } : {});
      this.#etag = response.headers.get("ETag");
      this.#drawNotes({ ...(await response.json()), saved: true });
    } catch (error) {
      this.#drawNotes({ error: error.message });
    }
    this.save.disabled = false;
  }

  /** What is wrong, and how many photos do not follow the rules yet; looked at again while there are some. */
  #drawNotes({ error = "", fault = "", photos = 0, left = 0, saved = false }) {
    const problem = error || fault;
    setChildren(
      this.notes,
      problem && h("p", { class: "note error", role: "alert" }, problem),
      saved && h("p", { class: "note" }, strings.accessSaved),
      left > 0 && h("p", { class: "note" }, strings.accessLeft(left, photos)),
    );
    clearTimeout(this.#timer);
    if (left > 0) this.#timer = setTimeout(() => this.#load().catch(() => {}), POLL_INTERVAL);
  }
}
