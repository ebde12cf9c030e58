/** The files that did not become photos, each with its reason: to be tried again, or deleted. */

import { get, post, remove } from "../api.js";
import { confirmed } from "../confirm.js";
import { button, h } from "../dom.js";
import { formatRelativeTime } from "../formatting.js";
import { may } from "../rights.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";

const MAX_FAILURES = 200;

export class FailureList {
  #refresh;

  /** `refresh()` is called when something is being retried or is deleted. */
  constructor(refresh) {
    this.#refresh = refresh;
  }

  /** A section with all of them, and what can be done about each; none for those who have none. */
  async draw() {
    const page = may("contributor") && (await getFailures());
    return page && this.#section(page.total, page.failures);
  }

  #section(total, failures) {
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
