/** The picture that photos are looked for by: it is kept while the page is open, and is in no address. */

import { get, post } from "../api.js";
import { button, h } from "../dom.js";
import { loaded } from "../lazyView.js";
import { strings } from "../strings.js";
import { toast } from "../toast.js";
import { imagesFromClipboard } from "../uploads/selectedFiles.js";

export const pictureChanges = new EventTarget();
export let picture = null; // {large, small} as data URLs

/** Search by this picture from now on, or by none. */
export function setPicture(next) {
  picture = next;
  pictureChanges.dispatchEvent(new Event("change"));
}

/** A page of a search, which is by a picture if there is one, or of a collection in its own order. */
export async function searchPage(params, { picture: by, order }, options) {
  if (order) return listPage(order, params, options);
  if (!by) return get("/api/search", params, options);
  return post(`/api/search?${new URLSearchParams(params)}`, { image: by.large }, options);
}

/** The counts beside the photos of a list are those of the search for it. */
async function listPage(id, params, options) {
  const isFirst = !params.some(([name]) => name === "skip");
  const [page, { facets }] = await Promise.all([
    get(`/api/collections/${id}/photos`, pageOf(params), options),
    isFirst ? get("/api/search", [...params.filter(([name]) => !PAGE.includes(name)), ["top", 1]], options) : {},
  ]);
  return { facets, ...page };
}

const PAGE = ["top", "links"];
const pageOf = (params) => params.filter(([name]) => name === "top" || name === "skip");

/** What chooses a picture, shown where the app has a model for that; one pasted into `input` counts as well. */
export function pictureChooser(input) {
  const file = h("input", { type: "file", accept: "image/*", hidden: true, onchange: () => choose(file) });
  input.addEventListener("paste", (event) => {
    const [pasted] = imagesFromClipboard(event.clipboardData);
    if (!pasted || document.documentElement.dataset.pictures !== "yes") return;
    event.preventDefault();
    searchBy(pasted);
  });
  const open = button(strings.searchByPicture, {
    icon: "image",
    iconOnly: true,
    class: "borderless needs-image-model",
    onclick: () => file.click(),
  });
  return [file, open];
}

function choose(input) {
  if (input.files[0]) searchBy(input.files[0]);
  input.value = "";
}

async function searchBy(file) {
  const read = await loaded(async () => {
    const { readImage } = await import("../chat/imageAttachment.js");
    return readImage;
  });
  if (!read) return;
  try {
    setPicture(await read(file));
  } catch (error) {
    toast(error.message);
  }
}
