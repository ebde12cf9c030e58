/** Photos that would lie on top of each other on the map, as one: pure arithmetic. */

const APART = 58; // pixels between the middles of two clusters

/** A cell of the server's counts as a point: in its middle, and of so many photos. */
export function pointOfCell({ count, bounds }, { xOf, yOf }) {
  const [west, south, east, north] = bounds;
  return { x: xOf((west + east) / 2), y: yOf((south + north) / 2), count, bounds };
}

/** Clusters of points `{x, y, count, bounds}`, none nearer to another than they are wide; the largest first. */
export function clustersOf(points, scale) {
  const clusters = [];
  const byPlace = new Map(); // clusters by squares of that width
  for (const point of points.toSorted((one, other) => other.count - one.count)) {
    const [column, row] = [point.x, point.y].map((each) => Math.floor((each * scale) / APART));
    const near = nearest(point, neighbours(byPlace, column, row), scale);
    if (near) merge(near, point);
    else {
      const cluster = { ...point, bounds: [...point.bounds], middle: point };
      clusters.push(cluster);
      const key = `${column}:${row}`;
      byPlace.set(key, [...(byPlace.get(key) ?? []), cluster]);
    }
  }
  return clusters;
}

function neighbours(byPlace, column, row) {
  const steps = [-1, 0, 1];
  return steps.flatMap((dx) => steps.flatMap((dy) => byPlace.get(`${column + dx}:${row + dy}`) ?? []));
}

function nearest({ x, y }, clusters, scale) {
  const distance = ({ middle }) => Math.hypot(middle.x - x, middle.y - y) * scale;
  return clusters.filter((each) => distance(each) < APART).sort((one, other) => distance(one) - distance(other))[0];
}

/** A cluster lies where most of its photos do. */
function merge(cluster, { x, y, count, bounds }) {
  const share = count / (cluster.count + count);
  cluster.x += (x - cluster.x) * share;
  cluster.y += (y - cluster.y) * share;
  cluster.count += count;
  cluster.photo = undefined; // it stands for several
  cluster.bounds = cluster.bounds.map((side, index) => Math[index < 2 ? "min" : "max"](side, bounds[index]));
}
