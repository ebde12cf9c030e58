/** Keyword paths such as `space > moon > landing`, widest word first. */

export const SEPARATOR = " > ";

/** The path and those above it, the widest first. */
export function pathsTo(path) {
  const words = path.split(SEPARATOR);
  return words.map((_, index) => words.slice(0, index + 1).join(SEPARATOR));
}

export const lastWord = (path) => path.split(SEPARATOR).at(-1);
export const parentOf = (path) => path.split(SEPARATOR).slice(0, -1).join(SEPARATOR);
export const depthOf = (path) => path.split(SEPARATOR).length - 1;

/** Whether one is the other, or lies on the way to it. */
export const areRelated = (one, other) => pathsTo(one).includes(other) || pathsTo(other).includes(one);

/** In the order of a tree: every path is followed by those below it; siblings keep their order. */
export function inTreeOrder(choices) {
  const below = (parent) => choices.filter(({ value }) => parentOf(value) === parent);
  const branch = (parent) => below(parent).flatMap((each) => [each, ...branch(each.value)]);
  return branch("");
}
