/** A menu that takes the photos of the search along, in one of the formats of the server, and a table back. */

import { button, h, oncePerFrame, setChildren } from "../dom.js";
import { formatBytes } from "../formatting.js";
import { loaded } from "../lazyView.js";
import { placeMenu } from "../popovers.js";
import { selection } from "../selection/selection.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { searchParams } from "../urlState.js";

const MAX_IDS = 20_000; // in one request
const FILES = {
  csv: { name: "photos.csv" },
  jsonl: { name: "photos.jsonl" },
  alt: { name: "photos-alt.html" },
  xmp: { name: "photos-xmp.zip" },
  zip: { name: "photos.zip", isLarge: true },
  described: { name: "photos.zip", isLarge: true, format: "zip", metadata: true },
};

export class ExportMenu {
  #results;
  #imported;
  #abort = null;
  #shown = "";
  #redraw = oncePerFrame(() => setChildren(this.text, this.#shown));

  /** `imported()` is called when an edited table has changed photos. */
  constructor(results, imported) {
    this.#results = results;
    this.#imported = imported;
    this.table = h("input", { type: "file", accept: ".csv,.txt,text/csv", hidden: true });
    this.table.addEventListener("change", () => this.#chosen());
    const bringBack = () => {
      this.menu.hidePopover?.();
      this.table.click();
    };
    this.menu = h(
      "div",
      { id: "export-menu", popover: "auto", role: "group", "aria-label": strings.exportAs },
      Object.keys(FILES).map((kind) => button(strings.exports[kind], { onclick: () => this.start(kind) })),
      h("hr", { class: "needs-editor" }),
      button(strings.importTable, { class: "needs-editor", onclick: bringBack }),
    );
    this.button = button(strings.export, { icon: "download", class: "borderless", id: "export" });
    this.button.setAttribute("popovertarget", "export-menu");
    this.menu.addEventListener("toggle", () => placeMenu(this.menu, this.button));
    this.element = h("div", { class: "exports" }, this.button, this.menu, this.table);
    this.text = h("span", {});
    const cancel = button(strings.cancel, { class: "text-button", onclick: () => this.#abort?.abort() });
    this.progress = h("div", { id: "export-progress", role: "group", hidden: true }, this.text, cancel);
    this.progress.setAttribute("aria-label", strings.exportRunning);
  }

  #chosen() {
    const [file] = this.table.files;
    this.table.value = "";
    if (file) this.bringBack(file);
  }

  /** Show what an edited table would change, to write it or not. */
  async bringBack(file) {
    const importTable = await loaded(async () => {
      const { importTable } = await import("../csvImport/csvImport.js");
      return importTable;
    });
    importTable?.(file, this.#imported);
  }

  get kinds() {
    return Object.keys(FILES);
  }

  /** Take along the photos that are picked or, where none is, all of the search. */
  async start(kind) {
    this.menu.hidePopover?.();
    if (selection.isEmpty) this.button.focus();
    if (this.#abort) {
      toast(strings.exportRunning);
      return;
    }
    this.#abort = new AbortController();
    const { name, isLarge, format = kind, metadata = false } = FILES[kind];
    const { signal } = this.#abort;
    try {
      const { saveExport } = await import("./exportFile.js");
      const request = () => this.#request({ format, metadata });
      const size = await saveExport({ name, isLarge, request, signal, onProgress: (bytes) => this.#show(name, bytes) });
      toast(strings.exported(name, formatBytes(size)));
    } catch (error) {
      if (error.name !== "AbortError") toast(strings.notExported(error.status ? error.message : strings.exportCutOff));
    } finally {
      this.#abort = null;
      this.progress.hidden = true;
      if (document.activeElement === document.body) this.button.focus();
    }
  }

  #show(name, bytes) {
    this.progress.hidden = false;
    this.#shown = strings.exporting(name, bytes > 0 ? formatBytes(bytes) : "");
    this.#redraw();
  }

  /** The parameters of the search or, as a picture is no parameter, the ids that it found; `body` makes it a POST. */
  async #request({ format, metadata }) {
    const { query } = this.#results;
    const isWhole = selection.isEmpty || (selection.isAll && !selection.excluded);
    if (query.picture || !isWhole) return { body: { ids: await this.ids(), format, metadata } };
    return { params: [...searchParams(query), ["format", format], ["metadata", metadata]] };
  }

  /** Of the photos that are picked, or of all that were found, as far as one request can name them. */
  async ids() {
    if (!selection.isEmpty && !selection.isAll) return selection.ids;
    const ids = [];
    for (let position = 0; position < Math.min(this.#results.length, MAX_IDS); position += 1) {
      const photo = await this.#results.photoAt(position);
      if (!photo || (selection.isAll && !selection.has(photo))) continue;
      ids.push(photo.id, ...(photo.stack ?? []).map(({ id }) => id));
    }
    return [...new Set(ids)];
  }
}
