/** Justified rows: photos side by side at one height, every row as wide as the page. Pure arithmetic. */

export const GUESS = 1.4; // the shape of a photo not known yet
const NARROWEST = 0.5;
const WIDEST = 2.6; // a panorama is cropped in the grid, or it would be a thin line

/** Width over height, within what a row can bear. */
export function shape(item) {
  if (!item?.width || !item?.height) return GUESS;
  return Math.min(WIDEST, Math.max(NARROWEST, item.width / item.height));
}

/**
 * Rows for `count` photos of which some are known, in pixels.
 *
 * Gives `{rows: [{from, to, top, height}], height}`; `to` is exclusive. The last row keeps
 * the height aimed at when its photos do not fill it.
 */
export function justify(items, count, { width, aim, gap }) {
  const rows = [];
  let top = 0;
  let from = 0;
  let shapes = 0;
  const close = (to, height) => {
    rows.push({ from, to, top, height });
    top += height + gap;
    from = to;
    shapes = 0;
  };
  for (let index = 0; index < count; index += 1) {
    shapes += shape(items[index]);
    const height = (width - gap * (index - from)) / shapes;
    if (height <= aim) close(index + 1, Math.max(height, aim * 0.6));
  }
  if (from < count) close(count, Math.min(aim, (width - gap * (count - from - 1)) / shapes));
  return { rows, height: Math.max(0, top - gap) };
}

/** Where each photo of a row stands: `[{index, left, width}]`. */
export function across(items, row, { width, gap }) {
  const tiles = [];
  let left = 0;
  for (let index = row.from; index < row.to; index += 1) {
    const wide = Math.min(shape(items[index]) * row.height, width - left);
    tiles.push({ index, left, width: wide });
    left += wide + gap;
  }
  return tiles;
}

/** The first place in a sorted list whose end lies beyond `offset`. */
export function firstBeyond(list, offset, end) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (end(list[middle]) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}
