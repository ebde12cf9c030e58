/** A banner while the server does not answer, which says from when the photos are; the library is refreshed afterwards. */

import { connection, isAnswered, isOffline } from "../api.js";
import { basePath } from "../basePath.js";
import { h, setChildren } from "../dom.js";
import { formatMoment } from "../formatting.js";
import { strings } from "../strings.js";
import { findLastView } from "./offline.js";

const RETRY_INTERVAL = 3000; // milliseconds

export class OfflineBanner {
  #isRecalled = false; // whether what is shown is the last view

  constructor(libraryView, results) {
    this.libraryView = libraryView;
    this.results = results;
    this.banner = h("div", { id: "offline-banner", role: "alert", hidden: true });
    document.getElementById("header").after(this.banner);
    connection.addEventListener("offline", () => this.#wait());
    connection.addEventListener("recalled", ({ detail }) => this.#sayFromWhen(detail));
  }

  #sayFromWhen(at) {
    this.#isRecalled = true;
    setChildren(this.banner, strings.offlineSince(formatMoment(at)));
  }

  /** Wait until a search is answered again: whatever else is, what is shown may be of a search that was not. */
  async #wait() {
    if (!this.banner.hidden) return; // it waits already
    this.banner.hidden = false;
    setChildren(this.banner, strings.offline);
    this.#offerLastView();
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_INTERVAL));
      const response = await fetch(`${basePath}/api/health`).catch(() => null);
      if (!isAnswered(response)) continue;
      await this.libraryView.refresh();
      if (!isOffline()) break;
    }
    this.banner.hidden = true;
    this.#isRecalled = false;
  }

  /** Where the page was opened with another search than the last one there is nothing to show but that. */
  async #offerLastView() {
    const view = await findLastView().catch(() => null);
    if (!view || this.results.query || this.#isRecalled) return;
    this.banner.append(" ", h("a", { href: view.page }, strings.showLastView(formatMoment(view.at))));
  }
}
