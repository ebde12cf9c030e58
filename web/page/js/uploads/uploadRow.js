/** One added file in the list: how far it is, and what can be done about it. */

import { button, h, icon, setChildren } from "../dom.js";
import { formatRelativeTime } from "../formatting.js";
import { strings } from "../strings.js";

const ICONS = {
  failed: "broken",
  retrying: "history",
  searchable: "check",
  attached: "check",
  duplicate: "check",
  skipped: "check",
};

export class UploadRow {
  #item;

  /** `retry()` and `decide(decision)` are called when somebody asks for that. */
  constructor(item, { retry, decide }) {
    this.#item = item;
    this.icon = h("span", { class: "state-icon" });
    this.name = h("span", { class: "name", dir: "auto" });
    this.state = h("span", { class: "state" });
    this.bar = h("progress", { max: 100 });
    this.replace = button(strings.replace, { class: "text-button needs-editor", onclick: () => decide("replace") });
    this.skip = button(strings.skipFile, { class: "text-button", onclick: () => decide("skip") });
    this.decisions = h("div", { class: "decisions" }, this.replace, this.skip);
    this.retry = button(strings.retryPhoto(item.path), {
      icon: "retry",
      iconOnly: true,
      class: "borderless",
      onclick: retry,
    });
    const text = h("div", {}, this.name, this.state, this.bar, this.decisions);
    this.element = h("li", {}, this.icon, text, this.retry);
  }

  update() {
    const item = this.#item;
    this.element.dataset.state = item.state;
    setChildren(this.icon, icon(ICONS[item.state] ?? "upload"));
    this.name.textContent = item.path;
    this.state.textContent = text(item);
    this.bar.hidden = item.state !== "uploading" && !item.isReplacing;
    this.bar.value = item.percent;
    this.bar.setAttribute("aria-label", strings.progress(item.path));
    this.retry.hidden = item.state !== "failed" || Boolean(item.isInvalid);
    this.#updateDecisions(item);
  }

  #updateDecisions({ path, conflict, decision }) {
    this.decisions.hidden = !conflict || Boolean(decision);
    if (this.decisions.hidden) return;
    this.replace.setAttribute("aria-label", strings.replaceWith(conflict.path, path));
    this.skip.setAttribute("aria-label", strings.skipPhoto(path));
  }
}

function text(item) {
  if (item.decision) return strings.decided[item.decision](item.conflict.path);
  const state = stateText(item);
  if (!item.conflict) return state;
  return `${state} · ${item.problem || strings.nameTaken(item.conflict.path)}`;
}

function stateText({ state, percent, reason, nextAttempt }) {
  const text = strings.uploadState[state];
  if (state === "uploading") return text(percent);
  if (state === "failed") return text(reason);
  if (state === "retrying") return text(reason, nextAttempt && formatRelativeTime(nextAttempt));
  return text;
}
