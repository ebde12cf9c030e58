/** The list of added files: how far each one is, and what went wrong with it. */

import { button, h, oncePerFrame } from "../dom.js";
import { strings } from "../strings.js";
import { NameConflicts } from "./nameConflicts.js";
import { UploadRow } from "./uploadRow.js";

const MAX_ROWS = 100; // files in the list; the others are only counted
const SORT_ORDER = {
  failed: 0,
  conflict: 1,
  retrying: 2,
  uploading: 3,
  checking: 3,
  waiting: 4,
  queued: 5,
  searchable: 6,
  attached: 6,
  duplicate: 6,
  skipped: 6,
};
const sortKey = ({ state, conflict }) => SORT_ORDER[conflict && state !== "failed" ? "conflict" : state];

export class UploadPanel {
  #queue;
  #conflicts;
  #rows = new Map(); // by the key of the item

  constructor(queue) {
    this.#queue = queue;
    this.#conflicts = new NameConflicts(queue);
    this.summary = h("p", { role: "status" });
    this.collapse = button(strings.hideUploads, {
      icon: "left",
      iconOnly: true,
      class: "borderless collapse",
      "aria-expanded": "true",
      onclick: () => this.#setOpen(this.body.hidden),
    });
    this.retryAll = button(strings.retryAll, {
      icon: "retry",
      class: "text-button",
      onclick: () => queue.retryAll(),
    });
    this.replaceAll = this.#decideAll(strings.replaceAll, "replace");
    this.replaceAll.classList.add("needs-editor");
    this.skipAll = this.#decideAll(strings.skipAll, "skip");
    this.clear = button(strings.clearFinished, { class: "text-button", onclick: () => queue.clearFinished() });
    this.list = h("ul", { tabIndex: 0, "aria-label": strings.uploads });
    this.more = h("p", { class: "more" });
    this.body = h("div", {}, this.list, this.more, this.#footer());
    this.element = h(
      "section",
      { id: "uploads", "aria-label": strings.uploads, hidden: true },
      h("div", { class: "header" }, this.summary, this.collapse),
      this.body,
    );
    queue.addEventListener(
      "changed",
      oncePerFrame(() => this.#draw()),
    );
    addEventListener("beforeunload", (event) => queue.isBusy && event.preventDefault());
    this.#draw();
  }

  #footer() {
    return h("div", { class: "footer" }, this.retryAll, this.replaceAll, this.skipAll, this.clear);
  }

  #decideAll(label, decision) {
    const onclick = () => this.#decide(this.#conflicts.open, decision);
    return button(label, { class: "text-button", onclick });
  }

  /** The buttons that were pressed disappear, so the focus moves on: to the next file, or to the list. */
  #decide(items, decision) {
    this.#conflicts.decide(items, decision);
    this.#draw();
    (this.list.querySelector(".decisions:not([hidden]) button") ?? this.list).focus();
  }

  #setOpen(open) {
    this.body.hidden = !open;
    this.collapse.setAttribute("aria-expanded", String(open));
    this.collapse.setAttribute("aria-label", open ? strings.hideUploads : strings.showUploads);
  }

  #draw() {
    const { items, retryable } = this.#queue;
    this.element.hidden = !items.length;
    const count = (...states) => items.filter(({ state }) => states.includes(state)).length;
    const [succeeded, attached] = [count("searchable", "duplicate"), count("attached")];
    const [failed, skipped] = [count("failed"), count("skipped")];
    const conflicts = this.#conflicts.open.length;
    const finished = succeeded + attached + failed + skipped;
    const text = [
      finished === items.length
        ? strings.uploadsDone(succeeded)
        : strings.uploadsBusy(succeeded + attached, items.length),
      attached && strings.otherFiles(attached),
      conflicts && strings.uploadsRenamed(conflicts),
      skipped && strings.uploadsSkipped(skipped),
      failed && strings.uploadsFailed(failed),
    ];
    const summary = text.filter(Boolean).join(" · ");
    if (this.summary.textContent !== summary) this.summary.textContent = summary;
    this.retryAll.hidden = retryable.length < 2;
    this.replaceAll.hidden = this.skipAll.hidden = conflicts < 2;
    this.clear.hidden = !finished;
    this.#drawRows([...items].sort((a, b) => sortKey(a) - sortKey(b)).slice(0, MAX_ROWS));
    this.more.hidden = items.length <= MAX_ROWS;
    this.more.textContent = strings.moreFiles(items.length - MAX_ROWS);
  }

  #drawRows(items) {
    const keys = new Set(items.map(({ key }) => key));
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue;
      row.element.remove();
      this.#rows.delete(key);
    }
    items.forEach((item, index) => {
      const row = this.#rows.get(item.key) ?? this.#addRow(item);
      row.update();
      if (this.list.children[index] !== row.element)
        this.list.insertBefore(row.element, this.list.children[index] ?? null);
    });
  }

  #addRow(item) {
    const retry = () => this.#queue.retry(item);
    const row = new UploadRow(item, { retry, decide: (decision) => this.#decide([item], decision) });
    this.#rows.set(item.key, row);
    return row;
  }
}
