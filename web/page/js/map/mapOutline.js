/** The outline of the world that comes with the page: land and borders as two SVG paths. */

const SVG = "http://www.w3.org/2000/svg";
let side = 1;

/** An element with the whole world; `drawOutline` shows a part of it. */
export async function outlineElement() {
  const { BORDERS, LAND, SIDE } = await import("../../vendor/worldOutline.js");
  side = SIDE;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "map-outline");
  svg.setAttribute("aria-hidden", "true");
  const world = document.createElementNS(SVG, "g");
  world.append(path("land", LAND), path("borders", BORDERS));
  svg.append(world);
  return svg;
}

function path(name, steps) {
  const element = document.createElementNS(SVG, "path");
  element.setAttribute("class", name);
  element.setAttribute("d", steps);
  return element;
}

/** Show what the view is of. */
export function drawOutline(ground, view) {
  const world = ground.querySelector("g");
  if (!world) return;
  const [left, top] = view.pixelOf(0, 0);
  world.setAttribute("transform", `translate(${left} ${top}) scale(${view.scale / side})`);
}
