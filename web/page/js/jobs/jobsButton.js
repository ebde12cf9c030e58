/** How far jobs are, as a button that opens their list; and what is said when one has ended. */

import { button, h } from "../dom.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { navigate, state, urlChanges } from "../urlState.js";
import { jobs } from "./jobs.js";

const TOAST = 10_000; // milliseconds to undo; the list of jobs offers it for longer
const VIEW = "jobs";

export class JobsButton {
  #onEnded;
  #dialog = null;

  /** `onEnded(job)` is called when one has ended. */
  constructor(onEnded) {
    this.#onEnded = onEnded;
    this.bar = h("progress", { max: 1, "aria-hidden": "true" });
    this.text = h("span", {});
    this.element = button("", {
      id: "jobs-button",
      class: "borderless",
      hidden: true,
      onclick: () => navigate({ view: VIEW }),
    });
    this.element.replaceChildren(this.bar, this.text);
    jobs.addEventListener("changed", () => this.#draw());
    jobs.addEventListener("ended", ({ detail }) => this.#tell(detail));
    urlChanges.addEventListener("change", () => this.#followUrl());
  }

  /** Show the list if the address says so, and what was under way when the page was left. */
  start() {
    jobs.resume();
    this.#followUrl();
  }

  #draw() {
    const { running } = jobs;
    this.element.hidden = !running.length;
    if (!running.length) return;
    const total = running.reduce((sum, job) => sum + job.total, 0);
    const done = running.reduce((sum, job) => sum + job.position, 0);
    this.bar.value = total ? done / total : 0;
    this.text.textContent = strings.jobsRunning(done, total);
  }

  async #tell(job) {
    const { jobTitle, canUndo } = await import("./jobWords.js");
    this.#onEnded(job);
    const isQueued = job.action === "recaption" && job.state === "done" && !job.failed && job.changed > 0;
    const words = isQueued ? strings.recaptionQueued(job.changed) : strings.jobEnded(jobTitle(job), job);
    if (job.failed || job.state === "failed") {
      if (await toast(words, { actionLabel: strings.showJobs, duration: TOAST })) navigate({ view: VIEW });
    } else if (canUndo(job)) {
      if (await toast(words, { actionLabel: strings.undo, duration: TOAST })) this.#undo(job);
    } else toast(words);
  }

  async #undo({ id }) {
    try {
      await jobs.undo(id);
    } catch (error) {
      toast(error.message);
    }
  }

  async #followUrl() {
    if (!this.#dialog && state.view !== VIEW) return;
    const { JobsDialog } = await import("./jobsDialog.js");
    this.#dialog ??= new JobsDialog();
    this.#dialog.followUrl();
  }
}
