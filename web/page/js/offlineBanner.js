/** A banner while the server does not answer; the library is refreshed when it does again. */

import { basePath } from "./basePath.js";
import { h } from "./dom.js";
import { strings } from "./strings.js";

const RETRY_INTERVAL = 3000; // milliseconds

export class OfflineBanner {
  constructor(connection, libraryView) {
    this.libraryView = libraryView;
    this.banner = h("div", { id: "offline-banner", role: "alert", hidden: true });
    document.getElementById("header").after(this.banner);
    connection.addEventListener("offline", () => this.#wait());
    connection.addEventListener("online", () => {
      this.banner.hidden = true;
    });
  }

  async #wait() {
    this.banner.hidden = false;
    this.banner.textContent = strings.offline;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_INTERVAL));
      if (this.banner.hidden) return;
      const response = await fetch(`${basePath}/api/health`).catch(() => null);
      if (response && response.status < 502) break;
    }
    this.banner.hidden = true;
    this.libraryView.refresh();
  }
}
