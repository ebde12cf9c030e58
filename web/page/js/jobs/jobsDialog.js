/** The list of jobs: how far each is, what was wrong with which photos, and the ways to cancel and undo. */

import { collections } from "../collections/collections.js";
import { button, h, setChildren } from "../dom.js";
import { formatPerson, formatRelativeTime } from "../formatting.js";
import { ownFields } from "../library/ownFields.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { navigate, state } from "../urlState.js";
import { closeOutside, viewDialog } from "../viewDialog.js";
import { hasEnded, jobs } from "./jobs.js";
import { canUndo, jobTitle } from "./jobWords.js";

const SHOWN = 30;
const ERRORS = 50;
const INTERVAL = 1500; // milliseconds between two looks while one runs

export class JobsDialog {
  #jobs = [];
  #open = new Map(); // errors by the id of a job whose errors are shown
  #timer = 0;

  constructor() {
    this.body = h("div", { class: "body" });
    this.dialog = viewDialog("jobs", strings.jobsTitle, this.body);
    closeOutside(this.dialog);
    jobs.addEventListener("ended", () => this.dialog.open && this.#load());
  }

  /** Open or close the dialog as the URL says. */
  followUrl() {
    const open = state.view === "jobs";
    if (open === this.dialog.open) return;
    if (!open) {
      clearTimeout(this.#timer);
      this.dialog.close();
      return;
    }
    this.dialog.showModal();
    Promise.all([collections.load(), ownFields.load()]).then(() => this.#draw());
    this.#load();
  }

  async #load() {
    clearTimeout(this.#timer);
    try {
      this.#jobs = (await jobs.recent(SHOWN)).jobs;
      this.#draw();
    } catch (error) {
      setChildren(this.body, h("p", { class: "note error", role: "alert" }, error.message));
    }
    if (this.dialog.open && this.#jobs.some((job) => !hasEnded(job)))
      this.#timer = setTimeout(() => this.#load(), INTERVAL);
  }

  #draw() {
    const focused = document.activeElement?.dataset?.job;
    setChildren(
      this.body,
      !this.#jobs.length && h("p", { class: "muted" }, strings.noJobs),
      h(
        "ul",
        { class: "jobs" },
        this.#jobs.map((job) => this.#row(job)),
      ),
    );
    if (focused) this.body.querySelector(`[data-job="${CSS.escape(focused)}"]`)?.focus();
  }

  #row(job) {
    const { id, total, position, created_by: by, created_at: at, error, failed } = job;
    const title = jobTitle(job);
    const isRunning = !hasEnded(job);
    return h(
      "li",
      {},
      h(
        "div",
        {},
        h("strong", { dir: "auto" }, title),
        isRunning && h("progress", { max: total || 1, value: position, "aria-label": title }),
        h(
          "p",
          { class: "muted" },
          [strings.jobState(job), formatRelativeTime(at), formatPerson(by)].filter(Boolean).join(" · "),
        ),
        error && h("p", { class: "note error" }, error),
        failed > 0 && this.#errors(job),
      ),
      h("div", { class: "choices" }, this.#choice(job, title, { id, isRunning })),
    );
  }

  #choice(job, title, { id, isRunning }) {
    const props = { "data-job": id, class: "needs-editor" };
    if (isRunning) {
      const onclick = () => this.#do(() => jobs.cancel(id));
      return button(strings.cancel, { ...props, "aria-label": strings.cancelJob(title), onclick });
    }
    if (job.undone_by) return h("p", { class: "muted" }, strings.jobUndone);
    if (!canUndo(job)) return false;
    return button(strings.undo, {
      ...props,
      "aria-label": strings.undoJob(title),
      onclick: () => this.#do(() => jobs.undo(id)),
    });
  }

  #errors({ id, failed }) {
    const errors = this.#open.get(id);
    const show = async () => {
      if (errors) this.#open.delete(id);
      else this.#open.set(id, (await jobs.read(id, ERRORS)).errors);
      this.#draw();
    };
    return [
      button(strings.jobErrors(failed), {
        class: "text-button",
        "aria-expanded": String(Boolean(errors)),
        "data-job": `${id} errors`,
        onclick: () => show().catch((error) => toast(error.message)),
      }),
      errors &&
        h(
          "ul",
          { class: "errors" },
          errors.map((each) => h("li", {}, photoLink(each.id), each.error)),
          failed > errors.length && h("li", { class: "muted" }, strings.moreFiles(failed - errors.length)),
        ),
    ];
  }

  async #do(action) {
    try {
      await action();
    } catch (error) {
      toast(error.message);
    }
    this.#load();
  }
}

function photoLink(id) {
  const open = () => navigate({ photo: id, view: "" });
  return button(strings.showPhoto, { class: "text-button", "aria-label": `${strings.showPhoto} ${id}`, onclick: open });
}
