/** The map of what is found: how many photos lie where, to look closer and to narrow the search to a part of it. */

import { get } from "../api.js";
import { button, debounce, h, setChildren } from "../dom.js";
import { formatNumber, strings } from "../strings.js";
import { closeView, navigate, searchParams, state, urlChanges, withFilter } from "../urlState.js";
import { MapCanvas } from "./mapCanvas.js";
import { pointOfCell } from "./mapClusters.js";
import { xOf, yOf } from "./mapProjection.js";

const WORLD = [-180, -85, 180, 85];
const LEVELS = [1.8, 5]; // zooms from which on cells are counted more finely
const FEW = 60; // photos that are shown one by one
const LEAST = 0.001; // degrees that a part of the map is wide
const CLOSER = 3; // levels that one click on a cluster goes
const PAUSE = 180; // milliseconds of rest after which counts are fetched

export class MapDialog {
  #generation = 0;
  #search = null; // what is shown is of; null until there is something
  #total = 0; // photos that are found, wherever they lie
  #isFitting = false; // until it is known where they lie, the part that is seen is not asked about
  #loadSoon = debounce(() => this.#load(), PAUSE);

  constructor() {
    this.canvas = new MapCanvas({
      moved: () => this.dialog.open && !this.#isFitting && this.#loadSoon(),
      chosen: (cluster) => this.#choose(cluster),
    });
    this.summary = h("p", { class: "map-summary", role: "status" });
    this.places = h("div", { class: "map-places", hidden: true, role: "region", "aria-label": strings.placesList });
    this.listToggle = button(strings.placesList, {
      icon: "filter",
      class: "borderless",
      "aria-expanded": "false",
      onclick: () => this.#showPlaces(this.places.hidden),
    });
    this.show = button("", {
      class: "primary map-show",
      hidden: true,
      onclick: () => this.#narrow(this.canvas.view.bounds),
    });
    const zoom = (label, icon, levels) =>
      button(label, { icon, iconOnly: true, onclick: () => this.canvas.zoomBy(levels) });
    this.dialog = h(
      "dialog",
      { id: "map", "aria-labelledby": "map-title" },
      h(
        "div",
        { class: "header" },
        h("h2", { id: "map-title", tabIndex: -1 }, strings.map),
        this.summary,
        this.listToggle,
        button(strings.close, { icon: "close", iconOnly: true, class: "borderless", onclick: () => closeView("view") }),
      ),
      h(
        "div",
        { class: "map-body" },
        this.canvas.element,
        h("div", { class: "map-zoom" }, zoom(strings.zoomIn, "add", 1), zoom(strings.zoomOut, "minus", -1)),
        this.show,
        this.places,
      ),
    );
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      closeView("view");
    });
    document.body.append(this.dialog);
    urlChanges.addEventListener("change", () => this.followUrl());
  }

  /** Open or close the dialog as the URL says. */
  followUrl() {
    const open = state.view === "map";
    if (open === this.dialog.open) return;
    if (!open) {
      this.#generation += 1;
      this.#loadSoon.cancel();
      this.dialog.close();
      return;
    }
    this.dialog.showModal();
    this.dialog.querySelector("h2").focus();
    if (String(searchParams(state)) === this.#search) this.#load();
    else this.#loadAll();
  }

  #params(bounds) {
    const { bounds: _, ...others } = state.filters;
    const filters = bounds && !isWorld(bounds) ? withFilter(others, "bounds", textOf(bounds)) : others;
    return searchParams({ ...state, filters, sort: "", fold: "" });
  }

  /** All that is found, wherever it lies; then the map shows just that. */
  async #loadAll() {
    const search = String(searchParams(state));
    this.#isFitting = true;
    await this.#fetch(async () => {
      const counts = await get("/api/map", [...this.#params(), ["level", "1"]]);
      await this.canvas.prepare(counts.tiles);
      if (search !== String(searchParams(state))) return;
      this.#search = search;
      this.#total = counts.total;
      const chosen = state.filters.bounds?.[0]?.split(",").map(Number);
      const bounds = chosen ?? boundsOf(counts.cells) ?? WORLD;
      this.canvas.points = counts.cells.map((each) => pointOfCell(each, { xOf, yOf }));
      this.#drawSummary(counts);
      this.canvas.fit(bounds);
    });
    this.#isFitting = false;
  }

  /** What is in the part of the world that is seen. */
  async #load() {
    const { bounds, zoom } = this.canvas.view;
    await this.#fetch(async (isCurrent) => {
      const level = 1 + LEVELS.filter((each) => zoom >= each).length;
      const counts = await get("/api/map", [...this.#params(bounds), ["level", String(level)]]);
      const isFew = counts.located > 0 && counts.located <= FEW;
      const photos = isFew ? await this.#photos(boundsOf(counts.cells)) : null;
      if (!isCurrent()) return;
      const isAll = photos?.length === counts.located;
      this.canvas.points = isAll ? photos : counts.cells.map((each) => pointOfCell(each, { xOf, yOf }));
      this.#drawSummary(counts);
      this.#drawPlaces(counts);
    });
  }

  /** The photos of a part of the world; those that lie nowhere are not among them. */
  async #photos(bounds) {
    const filters = withFilter(state.filters, "bounds", textOf(bounds));
    const search = searchParams({ ...state, filters, sort: "", fold: "" });
    const params = [...search, ["top", String(FEW)], ["facets", "false"], ["fold", "false"]];
    const { photos } = await get("/api/search", params);
    return photos
      .filter(({ location, likely }) => location && likely !== false)
      .map(({ id, title, alt_text, path, location: { longitude, latitude } }) => ({
        x: xOf(longitude),
        y: yOf(latitude),
        count: 1,
        bounds: [longitude, latitude, longitude, latitude],
        photo: { id, alt: alt_text || title || path },
      }));
  }

  async #fetch(work) {
    this.#generation += 1;
    const generation = this.#generation;
    this.dialog.setAttribute("aria-busy", "true");
    try {
      await work(() => generation === this.#generation);
    } catch (error) {
      if (generation === this.#generation) setChildren(this.summary, error.message);
    } finally {
      if (generation === this.#generation) this.dialog.removeAttribute("aria-busy");
    }
  }

  #drawSummary({ located }) {
    setChildren(this.summary, located ? strings.onMap(located, this.#total) : strings.nothingOnMap);
    this.show.hidden = !located;
    setChildren(this.show, strings.showArea(located));
  }

  // -- narrowing ----------------------------------------------------------------------------

  /** A cluster is looked at more closely, as far as that goes; a photo is opened. */
  #choose({ photo, bounds, count }) {
    if (photo) return navigate({ view: "", photo: photo.id });
    const { view } = this.canvas;
    if (view.zoom >= view.maxZoom - 0.5 || (view.zoom > 10 && count <= 1)) return this.#narrow(bounds);
    const before = view.zoom;
    view.fit(bounds, { margin: 0.3, most: before + CLOSER });
    if (view.zoom < before + 1) view.moveTo(view.x, view.y, before + 1);
    return this.canvas.draw();
  }

  #narrow(bounds) {
    navigate({ view: "", filters: withFilter(state.filters, "bounds", textOf(bounds)) });
  }

  /** The same as a list, by the names of places, for those who cannot use a map. */
  #drawPlaces({ countries, cities }) {
    const list = (name, values) => [
      h("h3", {}, strings.facets[name]),
      h(
        "ul",
        {},
        values.map(({ value, count }) => h("li", {}, this.#place(name, value, count))),
      ),
    ];
    setChildren(
      this.places,
      countries.length > 0 && list("country", countries),
      cities.length > 0 && list("city", cities),
      !countries.length && !cities.length && h("p", {}, strings.nothingOnMap),
    );
  }

  #place(name, value, count) {
    const onclick = () => navigate({ view: "", filters: withFilter(state.filters, name, value) });
    const number = h("span", { class: "count" }, formatNumber(count));
    return h("button", { type: "button", class: "borderless", onclick }, h("bdi", {}, value), number);
  }

  #showPlaces(open) {
    this.places.hidden = !open;
    this.listToggle.setAttribute("aria-expanded", String(open));
  }
}

const boundsOf = (cells) => cells.map((each) => each.bounds).reduce(union, null);

function union(one, other) {
  if (!one) return other;
  return one.map((side, index) => Math[index < 2 ? "min" : "max"](side, other[index]));
}

const isWorld = ([west, south, east, north]) => west <= -179 && east >= 179 && south <= -80 && north >= 80;

/** As the server takes it, with a little room where a part is hardly wide, and none beyond the ends of the world. */
function textOf([west, south, east, north]) {
  const room = east - west < LEAST || north - south < LEAST ? LEAST / 2 : 0;
  const sides = [
    Math.max(-180, west - room),
    Math.max(-90, south - room),
    Math.min(180, east + room),
    Math.min(90, north + room),
  ];
  return sides.map((each) => each.toFixed(5)).join(",");
}
