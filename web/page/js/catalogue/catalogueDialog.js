/** What the library agrees on: its own fields and its vocabulary, each a file that is tried before it counts. */

import { h } from "../dom.js";
import { jobs } from "../jobs/jobs.js";
import { ownFields } from "../library/ownFields.js";
import { estimated } from "../selection/recaptionForm.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { navigate, state, urlChanges } from "../urlState.js";
import { viewDialog } from "../viewDialog.js";
import { AgreedFile } from "./agreedFile.js";
import { FIELDS } from "./fieldsFile.js";
import { VOCABULARY } from "./vocabularyFile.js";

export class CatalogueDialog {
  #files;

  /** `changed()` is called when other fields, or other tags, count. */
  constructor(changed) {
    const took = () => {
      ownFields.reload();
      changed();
    };
    this.#files = [FIELDS, VOCABULARY].map((kind) => new AgreedFile(kind, { describe: describeAgain, took }));
    const parts = this.#files.map((each) => each.element);
    this.dialog = viewDialog("catalogue", strings.agreed, h("div", { class: "body" }, parts));
    urlChanges.addEventListener("change", () => this.followUrl());
  }

  /** Open or close the dialog as the URL says. */
  followUrl() {
    const open = state.view === "catalogue";
    if (open === this.dialog.open) return;
    if (!open) {
      this.dialog.close();
      return;
    }
    this.dialog.showModal();
    for (const each of this.#files) each.read();
  }
}

/** Say what it takes to have all photos described again that were asked something else, and do it if that is wanted. */
async function describeAgain() {
  const body = await estimated({ search: {} });
  if (!body) return;
  try {
    await jobs.start(body);
    navigate({ view: "" }); // not back to the status view, from which this one may have been opened
  } catch (error) {
    toast(error.message);
  }
}
