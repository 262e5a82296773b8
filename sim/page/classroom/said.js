// What a forecast says: three days as points, and the twenty equally likely dots that they mean.

/** With this chance the force has broken by the day that is named. */
export const LEVELS = [0.1, 0.5, 0.9];

/**
 * Points [share, day] of three days (null: not within the scenario), as the server takes them.
 * `rest` is what becomes of the last tenth after a third day: "holds", or "breaks" by the end.
 */
export function pointsOf(days, rest, end) {
  const points = LEVELS.map((share, i) => [share, days[i]]).filter(([, day]) => day !== null);
  if (points.length === 0) return [[0, end]];
  if (points.length === LEVELS.length && rest === "breaks" && days[2] < end) points.push([1, end]);
  return points;
}

/** Hours of `many` equally likely dots, null for those after the last point (sim/measures/forecast.py). */
export function dotsOf(points, since, many = 20) {
  const hours = [since, ...points.map(([, day]) => 24 * day)];
  const chances = [0, ...points.map(([share]) => share)];
  return Array.from({ length: many }, (_, i) => {
    const level = (i + 0.5) / many;
    const after = chances.findIndex((chance) => chance >= level);
    if (after < 0) return null;
    const way = (level - chances[after - 1]) / (chances[after] - chances[after - 1]);
    return hours[after - 1] + way * (hours[after] - hours[after - 1]);
  });
}

/** A sealed forecast's points (hour, chance) as [share, day]. */
export function sealedPoints(points) {
  return points.map(([hour, chance]) => [chance, hour / 24]);
}

/** A forecast in words. */
export function inWords(points, day) {
  const told = points.filter(([share]) => share > 0).map(([share, at]) =>
    `${Math.round(100 * share)} in 100 by day ${day(at)}`);
  return told.length ? told.join(", ") : "it holds to the end";
}
