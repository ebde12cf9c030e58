/** The list of added files: how far each one is, and what went wrong with it. */

import { button, h, icon, oncePerFrame, setChildren } from "../dom.js";
import { formatRelativeTime } from "../formatting.js";
import { strings } from "../strings.js";

const MAX_ROWS = 100; // files in the list; the others are only counted
const SORT_ORDER = {
  failed: 0,
  retrying: 1,
  uploading: 2,
  checking: 2,
  waiting: 3,
  queued: 4,
  searchable: 5,
  duplicate: 5,
};
const ICONS = { failed: "broken", retrying: "history", searchable: "check", duplicate: "check" };

export class UploadPanel {
  #queue;
  #rows = new Map(); // by the key of the item

  constructor(queue) {
    this.#queue = queue;
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
    this.clear = button(strings.clearFinished, { class: "text-button", onclick: () => queue.clearFinished() });
    this.list = h("ul", { tabIndex: 0, "aria-label": strings.uploads });
    this.more = h("p", { class: "more" });
    this.body = h("div", {}, this.list, this.more, h("div", { class: "footer" }, this.retryAll, this.clear));
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
    const succeeded = count("searchable", "duplicate");
    const failed = count("failed");
    const progress =
      succeeded + failed === items.length
        ? strings.uploadsDone(succeeded)
        : strings.uploadsBusy(succeeded, items.length);
    const text = [progress, failed && strings.uploadsFailed(failed)].filter(Boolean).join(" · ");
    if (this.summary.textContent !== text) this.summary.textContent = text;
    this.retryAll.hidden = retryable.length < 2;
    this.clear.hidden = !succeeded && !failed;
    this.#drawRows([...items].sort((a, b) => SORT_ORDER[a.state] - SORT_ORDER[b.state]).slice(0, MAX_ROWS));
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
    const stateIcon = h("span", { class: "state-icon" });
    const name = h("span", { class: "name" });
    const state = h("span", { class: "state" });
    const bar = h("progress", { max: 100, "aria-label": strings.progress(item.path) });
    const retry = button(strings.retryPhoto(item.path), {
      icon: "retry",
      iconOnly: true,
      class: "borderless",
      onclick: () => this.#queue.retry(item),
    });
    const element = h("li", {}, stateIcon, h("div", {}, name, state, bar), retry);
    const update = () => {
      element.dataset.state = item.state;
      setChildren(stateIcon, icon(ICONS[item.state] ?? "upload"));
      name.textContent = item.path;
      state.textContent = stateText(item);
      bar.hidden = item.state !== "uploading";
      bar.value = item.percent;
      retry.hidden = item.state !== "failed" || Boolean(item.isInvalid);
    };
    const row = { element, update };
    this.#rows.set(item.key, row);
    return row;
  }
}

function stateText({ state, percent, reason, nextAttempt }) {
  const text = strings.uploadState[state];
  if (state === "uploading") return text(percent);
  if (state === "failed") return text(reason);
  if (state === "retrying") return text(reason, nextAttempt && formatRelativeTime(nextAttempt));
  return text;
}
