/**
 * Makes the outline of the world for the map, of Natural Earth's smallest data (1:110m, in the public domain).
 *
 * `node outline.mjs node_modules/world-atlas/countries-110m.json > worldOutline.js`. The paths are in the projection that
 * tiles of maps have (Web Mercator), the world a square of `SIDE` units, and in whole steps from point to point.
 */

import { readFile } from "node:fs/promises";

const SIDE = 16384;
const EDGE = 85.05113; // degrees of latitude at which the square ends

const { arcs, transform, objects } = JSON.parse(await readFile(process.argv[2], "utf8"));
const lines = arcs.map(decode);

const land = polygonsOf(objects.land).map((rings) => rings.map((ring) => path(ring, "z")).join(""));
const uses = new Map();
for (const country of objects.countries.geometries) {
  for (const arc of new Set(polygonsOfGeometry(country).flat(2).map(index))) uses.set(arc, (uses.get(arc) ?? 0) + 1);
}
const borders = [...uses].filter(([, count]) => count > 1).map(([arc]) => path([arc], ""));

console.log("/** The outline of the world by Natural Earth (1:110m, public domain); `outline.mjs` makes it. */");
console.log(`export const SIDE = ${SIDE};`);
console.log(`export const LAND =\n  ${JSON.stringify(land.join(""))};`);
console.log(`export const BORDERS =\n  ${JSON.stringify(borders.join(""))};`);

/** An arc of the topology, whose points are differences, in degrees. */
function decode(arc) {
  let x = 0;
  let y = 0;
  return arc.map(([dx, dy]) => {
    x += dx;
    y += dy;
    return [x * transform.scale[0] + transform.translate[0], y * transform.scale[1] + transform.translate[1]];
  });
}

function polygonsOf(object) {
  return object.geometries.flatMap(polygonsOfGeometry);
}

function polygonsOfGeometry({ type, arcs }) {
  return type === "Polygon" ? [arcs] : arcs;
}

/** An arc that is walked backwards is written as its complement. */
function index(arc) {
  return arc < 0 ? ~arc : arc;
}

/** A ring, or a line, of arcs as an SVG path. */
function path(ring, end) {
  const points = unwrapped(ring.flatMap((arc) => (arc < 0 ? lines[~arc].toReversed() : lines[arc])).map(project));
  const shifts = [-SIDE, 0, SIDE].filter((shift) => points.some(([x]) => x + shift > 0 && x + shift < SIDE));
  return shifts.map((shift) => pathOf(points.map(([x, y]) => [x + shift, y]), end)).join("");
}

/** What crosses the date line goes on beyond the edge of the square; only along its bottom a line may span it. */
function unwrapped(points) {
  let shift = 0;
  return points.map(([x, y], index) => {
    const before = points[index - 1];
    if (before && y < SIDE - 1 && Math.abs(x - before[0]) > SIDE / 2) shift += x < before[0] ? SIDE : -SIDE;
    return [x + shift, y];
  });
}

function pathOf(points, end) {
  const steps = [];
  let [x, y] = points[0];
  for (const [nextX, nextY] of points.slice(1)) {
    if (nextX === x && nextY === y) continue;
    steps.push(`${nextX - x} ${nextY - y}`);
    [x, y] = [nextX, nextY];
  }
  return steps.length ? `M${points[0].join(" ")}l${steps.join(" ").replaceAll(" -", "-")}${end}` : "";
}

function project([longitude, latitude]) {
  const sine = Math.sin((Math.max(-EDGE, Math.min(EDGE, latitude)) * Math.PI) / 180);
  const y = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  return [Math.round((longitude / 360 + 0.5) * SIDE), Math.round(y * SIDE)];
}
