/** Tells the last view what is shown: searches that were asked for, and the pictures of their photos. */

import { remember, rememberAgain, rememberPicture } from "./lastView.js";

export function rememberViews(results, element) {
  const isGone = (id) => results.isHidden(id);
  results.addEventListener("searched", ({ detail: { path, response } }) => path && remember(path, response, isGone));
  results.addEventListener("changed", rememberAgain);
  const onLoad = ({ target }) => {
    const tile = target.closest(".tile");
    if (tile?.dataset.id) rememberPicture(tile.dataset.id, target.currentSrc);
  };
  element.addEventListener("load", onLoad, { capture: true }); // of images, which does not bubble
}
