/** Where a menu opens: below its button or, where there is no room, above it, and always within the window. */

const EDGE = 6; // pixels

/** Put an open popover beside the button that opens it. */
export function placeMenu(menu, opener) {
  const { bottom, top, right } = opener.getBoundingClientRect();
  const isBelow = bottom + EDGE + menu.offsetHeight < innerHeight;
  menu.style.top = `${isBelow ? bottom + EDGE : Math.max(EDGE, top - EDGE - menu.offsetHeight)}px`;
  menu.style.left = `${Math.max(EDGE, Math.min(right, innerWidth - EDGE) - menu.offsetWidth)}px`;
}
