/** The tray: every file that was added, how far it is, and what went wrong with it. */

import { fromNow } from "./dates.js";
import { button, fill, framed, h, icon } from "./dom.js";
import { fromInput } from "./drop.js";
import { words } from "./strings.js";

const SHOWN = 100; // files in the list; the rest is counted
const FIRST = { failed: 0, retrying: 1, uploading: 2, checking: 2, waiting: 3, queued: 4, searchable: 5, known: 5 };

export class Tray {
  #uploads;
  #open = true;
  #rows = new Map();

  constructor(uploads) {
    this.#uploads = uploads;
    this.summary = h("p", { role: "status" });
    this.fold = button(words.hideTray, {
      icon: "left",
      bare: true,
      class: "quiet fold",
      "aria-expanded": "true",
      onclick: () => this.#fold(),
    });
    this.all = button(words.retryAll, { icon: "again", class: "plain", onclick: () => uploads.retryAll() });
    this.clear = button(words.clearDone, { class: "plain", onclick: () => uploads.clearEnded() });
    this.list = h("ul", { tabIndex: 0, "aria-label": words.tray });
    this.rest = h("p", { class: "rest" });
    this.body = h("div", { class: "body" }, this.list, this.rest, h("div", { class: "foot" }, this.all, this.clear));
    this.element = h(
      "section",
      { id: "tray", "aria-label": words.tray, hidden: true },
      h("div", { class: "head" }, this.summary, this.fold),
      this.body,
    );
    this.menu = this.#menu();
    uploads.addEventListener(
      "changed",
      framed(() => this.#draw()),
    );
    addEventListener("beforeunload", (event) => uploads.busy && event.preventDefault());
  }

  /** The button that adds photos, with a choice between files and a folder. */
  #menu() {
    const files = (this.files = h("input", {
      type: "file",
      multiple: true,
      accept: "image/*,.heic,.heif,.avif,.tif,.tiff",
      hidden: true,
    }));
    const folder = h("input", { type: "file", webkitdirectory: true, hidden: true });
    for (const input of [files, folder]) {
      input.addEventListener("change", () => {
        this.#uploads.add(fromInput(input));
        input.value = "";
      });
    }
    const choose = (input) => () => {
      list.hidePopover?.();
      input.click();
    };
    const list = h(
      "div",
      { id: "add-menu", popover: "auto" },
      button(words.addFiles, { icon: "picture", onclick: choose(files) }),
      button(words.addFolder, { icon: "folder", onclick: choose(folder) }),
    );
    const opener = button(words.add, { icon: "upload", id: "add" });
    opener.setAttribute("popovertarget", "add-menu");
    return h("div", { class: "menu" }, opener, list, files, folder);
  }

  /** Let the person choose photos to add. */
  choose() {
    this.files.click();
  }

  #fold() {
    this.#open = !this.#open;
    this.body.hidden = !this.#open;
    this.fold.setAttribute("aria-expanded", String(this.#open));
    this.fold.setAttribute("aria-label", this.#open ? words.hideTray : words.showTray);
  }

  #draw() {
    const { items, failed } = this.#uploads;
    this.element.hidden = !items.length;
    const count = (...states) => items.filter(({ state }) => states.includes(state)).length;
    const ended = count("searchable", "known");
    const bad = count("failed");
    const done = ended + bad === items.length;
    const parts = [done ? words.trayDone(ended) : words.trayBusy(ended, items.length), bad && words.trayFailed(bad)];
    const text = parts.filter(Boolean).join(" · ");
    if (this.summary.textContent !== text) this.summary.textContent = text;
    this.all.hidden = failed.length < 2;
    this.clear.hidden = !ended && !bad;
    const sorted = [...items].sort((a, b) => FIRST[a.state] - FIRST[b.state]).slice(0, SHOWN);
    this.#list(sorted);
    this.rest.hidden = items.length <= SHOWN;
    this.rest.textContent = words.moreFiles(items.length - SHOWN);
  }

  #list(items) {
    const kept = new Set(items.map(({ key }) => key));
    for (const [key, row] of this.#rows) if (!kept.has(key)) row.element.remove(), this.#rows.delete(key);
    items.forEach((item, index) => {
      const row = this.#rows.get(item.key) ?? this.#row(item);
      row.update();
      if (this.list.children[index] !== row.element)
        this.list.insertBefore(row.element, this.list.children[index] ?? null);
    });
  }

  #row(item) {
    const state = h("span", { class: "state" });
    const name = h("span", { class: "name" });
    const bar = h("progress", { max: 100, "aria-label": words.progress(item.path) });
    const again = button(words.retryOne(item.path), {
      icon: "again",
      bare: true,
      class: "quiet",
      onclick: () => this.#uploads.retry(item),
    });
    const mark = h("span", { class: "mark" });
    const element = h("li", {}, mark, h("div", {}, name, state, bar), again);
    const update = () => {
      element.dataset.state = item.state;
      name.textContent = item.path;
      state.textContent = stateText(item);
      bar.hidden = item.state !== "uploading";
      bar.value = item.percent;
      again.hidden = item.state !== "failed" || Boolean(item.hopeless);
      fill(
        mark,
        icon({ failed: "broken", retrying: "history", searchable: "check", known: "check" }[item.state] ?? "upload"),
      );
    };
    const made = { element, update };
    this.#rows.set(item.key, made);
    return made;
  }
}

function stateText({ state, percent, why, next }) {
  const said = words.uploadState[state];
  if (state === "uploading") return said(percent);
  if (state === "failed") return said(why);
  if (state === "retrying") return said(why, next ? fromNow(next) : "");
  return said;
}
