/** The map and the slideshow of what is found: two buttons, and what is behind them is loaded when it is first used. */

import { button, h } from "../dom.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { navigate, state, urlChanges } from "../urlState.js";

export class WallViews {
  #results;
  #firstInView;
  #map = null;

  /** `firstInView()` gives the position of the photo that a slideshow begins with. */
  constructor(results, firstInView) {
    this.#results = results;
    this.#firstInView = firstInView;
    const view = (label, icon, id, onclick) => button(label, { icon, id, title: label, class: "borderless", onclick });
    this.map = view(strings.map, "map", "map-button", () => navigate({ view: "map" }));
    this.slideshow = view(strings.slideshow, "play", "slideshow-button", () => this.#play());
    this.element = h("div", { class: "wall-views" }, this.map, this.slideshow);
    results.addEventListener("searched", () => {
      this.map.disabled = Boolean(results.query.picture); // the map is of words and filters
      this.slideshow.disabled = !results.length;
    });
    urlChanges.addEventListener("change", () => this.followUrl());
  }

  /** Open or close the map as the URL says. */
  async followUrl() {
    if (state.view !== "map" && !this.#map) return;
    try {
      const { MapDialog } = await import("../map/mapDialog.js");
      this.#map ??= new MapDialog();
      this.#map.followUrl();
    } catch {
      toast(strings.noResponse);
    }
  }

  async #play() {
    try {
      const { Slideshow } = await import("../slideshow/slideshow.js");
      new Slideshow(this.#results).play(this.#firstInView());
    } catch {
      toast(strings.noResponse);
    }
  }
}
