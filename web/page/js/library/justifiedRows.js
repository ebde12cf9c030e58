/** Justified rows: photos side by side at one height, every row as wide as the page. Pure arithmetic. */

const UNKNOWN_RATIO = 1.4; // width over height of a photo that is not fetched yet
const MIN_RATIO = 0.5;
const MAX_RATIO = 2.6; // a panorama is cropped in the grid, or it would be a thin line

/** Width over height, within what a row can hold. */
function aspectRatio(item) {
  if (!item?.width || !item?.height) return UNKNOWN_RATIO;
  return Math.min(MAX_RATIO, Math.max(MIN_RATIO, item.width / item.height));
}

/**
 * Rows for `count` photos, some of them not fetched yet, in pixels.
 *
 * Returns `{rows: [{from, to, top, height}], height}`; `to` is exclusive. The last row keeps
 * the target height when its photos do not fill it.
 */
export function justifyRows(items, count, { width, targetHeight, gap }) {
  const rows = [];
  let top = 0;
  let from = 0;
  let ratios = 0;
  const closeRow = (to, height) => {
    rows.push({ from, to, top, height });
    top += height + gap;
    from = to;
    ratios = 0;
  };
  for (let index = 0; index < count; index += 1) {
    ratios += aspectRatio(items[index]);
    const height = (width - gap * (index - from)) / ratios;
    if (height <= targetHeight) closeRow(index + 1, Math.max(height, targetHeight * 0.6));
  }
  if (from < count) closeRow(count, Math.min(targetHeight, (width - gap * (count - from - 1)) / ratios));
  return { rows, height: Math.max(0, top - gap) };
}

/** The position of each photo in a row: `[{index, left, width}]`. */
export function positionsInRow(items, row, { width, gap }) {
  const positions = [];
  let left = 0;
  for (let index = row.from; index < row.to; index += 1) {
    const photoWidth = Math.min(aspectRatio(items[index]) * row.height, width - left);
    positions.push({ index, left, width: photoWidth });
    left += photoWidth + gap;
  }
  return positions;
}

/** The first index in a sorted list whose end lies beyond `offset`. */
export function firstEndingAfter(list, offset, end) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (end(list[middle]) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}
