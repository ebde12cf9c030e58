/** The status dialog: counts, today's spending, the health of the services, and photos with problems to retry. */

import { get, post, remove } from "../api.js";
import { confirmed } from "../confirm.js";
import { button, h, icon, setChildren } from "../dom.js";
import { formatRelativeTime } from "../formatting.js";
import { may } from "../rights.js";
import { formatNumber, strings } from "../strings.js";
import { toast } from "../toast.js";
import { closeView, navigate, state, urlChanges } from "../urlState.js";

const MAX_FAILURES = 200;

export class StatusDialog {
  #refresh;

  /** `refresh()` is called when the dialog needs new counts: it opened, or something is being retried. */
  constructor(refresh) {
    this.#refresh = refresh;
    this.body = h("div", { class: "body" });
    const close = button(strings.close, {
      icon: "close",
      iconOnly: true,
      class: "borderless",
      onclick: () => closeView("view"),
    });
    this.dialog = h(
      "dialog",
      { id: "status", "aria-labelledby": "status-title" },
      h("div", { class: "header" }, h("h2", { id: "status-title", tabIndex: -1 }, strings.status), close),
      this.body,
    );
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      closeView("view");
    });
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && closeView("view"));
    document.body.append(this.dialog);
    urlChanges.addEventListener("change", () => this.followUrl());
  }

  get isOpen() {
    return this.dialog.open;
  }

  /** Open or close the dialog as the URL says. */
  followUrl() {
    const open = state.view === "status";
    if (open === this.dialog.open) return;
    if (!open) {
      this.dialog.close();
      return;
    }
    this.dialog.showModal();
    this.#refresh();
  }

  async draw(counts) {
    const page = may("contributor") && (await getFailures());
    const focused = document.activeElement?.dataset?.retry;
    setChildren(
      this.body,
      countTiles(counts),
      otherFiles(counts),
      captionSpending(counts),
      chatSpending(counts),
      modelLimitations(counts),
      serviceHealth(counts),
      trashLink(counts),
      accessLink(),
      page && this.#failures(page.total, page.failures),
    );
    if (focused) this.body.querySelector(`[data-retry="${CSS.escape(focused)}"]`)?.focus();
  }

  drawError(error) {
    setChildren(this.body, h("p", { class: "note error" }, error.message), serviceHealth(error));
  }

  #failures(total, failures) {
    const failed = failures.filter((each) => each.state === "failed");
    const canRetry = failed.filter((each) => !each.unreadable).length > 1;
    const retryAll = () => this.#retry("/api/failures/retry");
    const deleteAll = () => this.#deleteAll(Math.max(failed.length, total - failures.length + failed.length));
    return h(
      "section",
      {},
      h(
        "div",
        { class: "row" },
        h("h3", {}, strings.failures),
        h(
          "div",
          { class: "choices" },
          canRetry && button(strings.retryAll, { icon: "retry", "data-retry": "all", onclick: retryAll }),
          failed.length > 1 &&
            button(strings.deleteFailed, { class: "danger", "data-retry": "delete all", onclick: deleteAll }),
        ),
      ),
      failures.length
        ? h(
            "ul",
            { class: "failures" },
            failures.map((each) => this.#failure(each)),
          )
        : h("p", {}, strings.noFailures),
      total > failures.length && h("p", {}, strings.moreFiles(total - failures.length)),
    );
  }

  #failure({ id, path, state: failureState, reason, attempts, next_attempt_at: nextAttempt, unreadable }) {
    const next = failureState === "retrying" && nextAttempt && strings.nextAttempt(formatRelativeTime(nextAttempt));
    const history = [strings.attempts(attempts), next].filter(Boolean).join(" · ");
    const retry = button(strings.retry, {
      icon: "retry",
      "aria-label": strings.retryPhoto(path),
      "data-retry": id,
      onclick: () => this.#retry(`/api/failures/${id}/retry`),
    });
    const name = unreadable ? strings.dismiss : strings.delete;
    const deletion = button(name, {
      class: "danger",
      "aria-label": unreadable ? strings.dismissFailure(path) : strings.deletePhoto(path),
      "data-retry": `delete ${id}`,
      onclick: () => this.#delete(id, path, unreadable),
    });
    return h(
      "li",
      {},
      h("div", {}, h("strong", { dir: "auto" }, path), h("p", {}, reason), h("p", { class: "muted" }, history)),
      h("div", { class: "choices" }, !unreadable && retry, deletion),
    );
  }

  async #delete(id, path, unreadable) {
    const question = unreadable ? strings.dismissQuestion(path) : strings.deleteQuestion(path);
    if (!(await confirmed(question, unreadable ? strings.dismiss : strings.delete))) return;
    try {
      await remove(`/api/failures/${id}`);
      toast(unreadable ? strings.dismissed : strings.deleted(path));
    } catch (error) {
      toast(error.message);
    }
    this.#refresh();
  }

  /** All that were given up, a portion in each request; what cannot be deleted stays and is counted. */
  async #deleteAll(count) {
    if (!(await confirmed(strings.deleteFailedQuestion(count), strings.deleteFailed))) return;
    try {
      let [all, deleted, left] = [0, 0, 1];
      while (left > 0) {
        ({ deleted, left } = await (await remove("/api/failures")).json());
        all += deleted;
        if (!deleted) break;
        this.#refresh();
      }
      toast(left ? strings.failedLeft(left) : strings.failedDeleted(all));
    } catch (error) {
      toast(error.message);
    }
    this.#refresh();
  }

  async #retry(path) {
    try {
      await post(path);
      toast(strings.retrying);
      this.#refresh();
    } catch (error) {
      toast(error.message);
    }
  }
}

/** The failures, of one's own uploads or an admin's of all; null for those who have none, if that is known only now. */
async function getFailures() {
  try {
    return await get("/api/failures", { top: MAX_FAILURES });
  } catch (error) {
    if (error.status === 403) return null;
    throw error;
  }
}

function countTiles(counts) {
  const tiles = Object.entries(strings.counts).map(([name, label]) =>
    h(
      "div",
      { class: name === "failed" && counts.failed ? "has-failures" : "" },
      h("dd", {}, formatNumber(counts[name] ?? 0)),
      h("dt", {}, label),
    ),
  );
  return h("dl", { class: "counts" }, tiles);
}

/** The way to what was deleted, for those who may restore it. */
function trashLink({ trash }) {
  if (trash === undefined) return false;
  const show = () => navigate({ view: "trash" });
  return h(
    "section",
    { class: "needs-editor" },
    h("h3", {}, strings.trash),
    h(
      "div",
      { class: "row" },
      h("p", {}, strings.inTrash(trash)),
      trash > 0 && button(strings.showTrash, { icon: "trash", "data-retry": "trash", onclick: show }),
    ),
  );
}

/** The way to the rules of who sees what, for those who may write them. */
function accessLink() {
  const show = () => navigate({ view: "access" });
  const edit = button(strings.showAccess, { icon: "edit", "data-retry": "access", onclick: show });
  return h("section", { class: "needs-admin" }, h("h3", {}, strings.access), h("div", { class: "row" }, edit));
}

/** Sidecars and movies beside photos, and what programs leave in folders: nobody waits for these. */
function otherFiles({ attached = 0, ignored = 0 }) {
  return attached + ignored > 0 && h("p", { class: "muted" }, strings.otherFiles(attached, ignored));
}

function captionSpending({ captions_today: today, captions_per_day: limit }) {
  if (today === undefined || today === null) return false;
  // Green while there is room, yellow when it gets close, red when it is used up.
  const levels = { min: 0, max: limit, low: limit * 0.8, high: limit - 0.5, optimum: 0 };
  return h(
    "section",
    {},
    h("h3", {}, strings.captionsToday),
    h("p", {}, limit > 0 ? strings.captionsOfLimit(today, limit) : strings.captionsWithoutLimit(today)),
    limit > 0 && h("meter", { ...levels, value: Math.min(today, limit), "aria-label": strings.captionsToday }),
    limit > 0 && today >= limit && h("p", { class: "note" }, strings.captionLimitReached),
  );
}

/** The answers of today and their tokens, a line for each key; the limit is for each of them too. */
function chatSpending({ chat_today: keys = {}, chat_tokens_per_day: limit = 0 }) {
  const lines = Object.entries(keys).map(([name, { answers, tokens }]) =>
    h("p", {}, `${name}: ${strings.chatAnswers(answers)}, ${strings.chatTokens(tokens, limit)}`),
  );
  return lines.length > 0 && h("section", {}, h("h3", {}, strings.chatToday), lines);
}

/** What a model refuses, and what does not work therefore. */
function modelLimitations({ limitations = [] }) {
  if (!limitations.length) return false;
  const sentences = limitations.map((each) => h("li", { class: "note" }, each));
  return h("section", {}, h("h3", {}, strings.limitations), h("ul", { class: "limitations" }, sentences));
}

/** What can be reached, from the counts or from the error that comes in their place. */
function serviceHealth({ checks }) {
  if (!checks) return false;
  const list = Object.entries(checks).map(([name, result]) => service(name, result));
  return h("section", {}, h("h3", {}, strings.services), h("ul", { class: "services" }, list));
}

function service(name, result) {
  const isOk = result === "ok";
  return h(
    "li",
    { class: isOk ? "ok" : "error" },
    icon(isOk ? "check" : "info"),
    h("span", {}, strings.serviceNames[name] ?? name),
    h("span", { class: "muted" }, isOk ? strings.ok : result),
  );
}
