/** An edited table on its way back: what it would change is shown first, and written when that is wanted. */

import { postFile } from "../api.js";
import { proposedChanges } from "../chat/proposedChanges.js";
import { button, h, setChildren } from "../dom.js";
import { ownFields } from "../library/ownFields.js";
import { textOf } from "../photo/photoHistory.js";
import { formatNumber, strings } from "../strings.js";
import { toast } from "../toast.js";
import { navigate } from "../urlState.js";

const LISTED = 100; // rows with a problem
const COUNTED = ["changed", "unchanged", "stale", "failed"];

/** Compare a table with the library, and show it; `imported()` is called when something was written. */
export function importTable(file, imported) {
  new CsvImport(file, imported).start();
}

class CsvImport {
  #file;
  #imported;

  constructor(file, imported) {
    this.#file = file;
    this.#imported = imported;
    this.title = h("h2", { id: "import-title", tabIndex: -1 }, strings.importTitle(file.name));
    this.body = h("div", { class: "body" });
    this.bar = h("div", { class: "import-bar" });
    const onclick = () => this.#close();
    const close = button(strings.close, { icon: "close", iconOnly: true, class: "borderless", onclick });
    this.dialog = h(
      "dialog",
      { id: "csv-import", "aria-labelledby": "import-title", onclose: () => this.dialog.remove() },
      h("div", { class: "header" }, this.title, close),
      this.body,
      this.bar,
    );
    document.body.append(this.dialog);
  }

  async start() {
    this.dialog.showModal();
    this.title.focus();
    await ownFields.load();
    await this.#compare();
  }

  #close() {
    this.dialog.close();
  }

  async #compare() {
    this.#drawWait(strings.importComparing);
    try {
      this.#draw(await this.#send({ dry_run: true }));
    } catch (error) {
      this.#drawError(error, []);
    }
  }

  /** Write the changes; who closes the dialog meanwhile is told how it ended. */
  async #write() {
    this.#drawWait(strings.importWriting);
    try {
      const report = await this.#send({});
      if (!this.dialog.open) toast(strings.imported(report.changed));
      this.#draw(report);
      if (report.changed) this.#imported();
    } catch (error) {
      if (!this.dialog.open) toast(error.message);
      this.#imported(); // some of it may be written
      this.#drawError(error, button(strings.retry, { icon: "retry", onclick: () => this.#compare() }));
    }
  }

  #send(params) {
    return postFile("/api/import", params, this.#file, "text/csv");
  }

  #drawWait(words) {
    setChildren(this.body, h("p", { role: "status" }, words), h("progress", { "aria-label": words }));
    setChildren(this.bar);
  }

  #drawError(error, again) {
    setChildren(this.body, h("p", { class: "note error", role: "alert" }, error.message));
    setChildren(this.bar, again, button(strings.close, { onclick: () => this.#close() }));
    this.title.focus();
  }

  #draw(report) {
    const { dry_run: isTrial, rows, left } = report;
    const of = (state) => rows.filter((row) => row.state === state);
    setChildren(
      this.body,
      h("p", { role: "status" }, sentence(report)),
      h(
        "dl",
        { class: "counts" },
        COUNTED.map((name) => count(name, report[name], isTrial)),
      ),
      problems(strings.importFailed, of("failed"), report.failed),
      problems(strings.importStale, of("stale"), report.stale),
      isTrial &&
        of("changed").length > 0 && [
          h("h3", {}, strings.importChanges),
          proposedChanges(of("changed").flatMap(changesIn), (id) => navigate({ photo: id })),
          report.changed > of("changed").length && h("p", {}, strings.moreFiles(report.changed - of("changed").length)),
        ],
    );
    const write = (label) => button(label, { class: "primary", icon: "check", onclick: () => this.#write() });
    const close = button(isTrial ? strings.cancel : strings.close, { onclick: () => this.#close() });
    setChildren(
      this.bar,
      isTrial && report.changed > 0 && write(strings.importWrite(report.changed)),
      left > 0 && !isTrial && write(strings.importGoOn(left)),
      close,
    );
    this.title.focus();
  }
}

function sentence({ dry_run: isTrial, changed, left, stale, failed }) {
  if (!isTrial) return left ? strings.importLeft(changed, left) : strings.imported(changed);
  if (changed + left) return strings.importTrial;
  return stale + failed ? strings.importNone : strings.importNothing;
}

function count(name, value, isTrial) {
  const label = name === "changed" && !isTrial ? strings.importCounts.done : strings.importCounts[name];
  const isProblem = value > 0 && ["failed", "stale"].includes(name);
  return h("div", { class: isProblem ? "has-failures" : "" }, h("dd", {}, formatNumber(value)), h("dt", {}, label));
}

/** Rows that are left alone, by their numbers in the spreadsheet, and why. */
function problems(title, rows, total) {
  if (!total) return false;
  const shown = rows.slice(0, LISTED);
  return [
    h("h3", {}, title),
    h(
      "ul",
      { class: "import-problems" },
      shown.map(({ row, path, reason, state }) =>
        h(
          "li",
          {},
          h("strong", {}, strings.importRow(row)),
          " ",
          path && h("bdi", {}, path),
          state === "failed" && h("p", {}, reason),
        ),
      ),
    ),
    total > shown.length && h("p", {}, strings.moreFiles(total - shown.length)),
  ];
}

/** What a row changes, field by field; all but lists as people read it. */
function changesIn({ id, path, before, after }) {
  return Object.entries(after).map(([field, value]) => {
    const isList = Array.isArray(value) && (before[field] ?? []).length + value.length > 0;
    const old = isList ? (before[field] ?? []) : (before[field] ?? "") === "" ? "" : textOf(before[field]);
    return { photo: id, path, field, old, new: isList ? value : textOf(value) };
  });
}
