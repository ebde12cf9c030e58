/** Tells the last view what is shown: searches that were asked for, and the pictures of their photos. */

import { remember, rememberAgain, rememberPicture } from "./lastView.js";

export function rememberViews(results, element) {
  const isGone = (id) => results.isHidden(id);
  const onSearched = () => {
    const { path, response } = results.latest ?? {};
    if (path) remember(path, response, isGone);
  };
  onSearched();
  results.addEventListener("searched", onSearched);
  results.addEventListener("changed", rememberAgain);
  const onLoad = ({ target }) => {
    const tile = target.closest(".tile");
    if (tile?.dataset.id) rememberPicture(tile.dataset.id, target.currentSrc);
  };
  for (const target of element.querySelectorAll(".tile.loaded img")) onLoad({ target });
  element.addEventListener("load", onLoad, { capture: true }); // of images, which does not bubble
}
