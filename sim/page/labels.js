// Names beside spots, where they hide neither a spot nor each other.

const SIDES = [
  [1, 0, "start"],
  [-1, 0, "end"],
  [0, -1, "middle"],
  [0, 1, "middle"],
  [0.8, -0.8, "start"],
  [-0.8, -0.8, "end"],
  [0.8, 0.8, "start"],
  [-0.8, 0.8, "end"],
];

/**
 * Where each name goes: {x, y, anchor}, or null where there is no room and it need not be shown.
 * `spots` are {x, y, radius, name, major} in pixels; names that matter more come first.
 */
export function placed(spots, { width, height, size }) {
  const taken = spots.map(({ x, y, radius }) => box(x - radius, y - radius, x + radius, y + radius));
  const order = spots.map((_, i) => i).sort((a, b) => spots[b].major - spots[a].major || a - b);
  const found = new Array(spots.length).fill(null);
  for (const i of order) {
    const tries = SIDES.map((side) => beside(spots[i], side, size));
    const costs = tries.map((each) => hidden(each, taken, i) + outside(each, width, height));
    const best = costs.indexOf(Math.min(...costs));
    if (costs[best] > 0 && !spots[i].major) continue;
    found[i] = tries[best];
    taken.push(tries[best]);
  }
  return found;
}

function beside({ x, y, radius, name }, [dx, dy, anchor], size) {
  const wide = name.length * size * 0.54;
  const at = { x: x + dx * (radius + 2), y: y + dy * (radius + size * 0.55) + size * 0.35, anchor };
  const left = anchor === "start" ? at.x : anchor === "end" ? at.x - wide : at.x - wide / 2;
  return { ...at, ...box(left, at.y - size * 0.8, left + wide, at.y + size * 0.2) };
}

function box(left, top, right, bottom) {
  return { left, top, right, bottom };
}

/** Area that a name shares with what is taken, its own spot apart. */
function hidden(name, taken, own) {
  return taken.reduce((sum, other, i) => {
    const wide = Math.min(name.right, other.right) - Math.max(name.left, other.left);
    const high = Math.min(name.bottom, other.bottom) - Math.max(name.top, other.top);
    return i === own || wide <= 0 || high <= 0 ? sum : sum + wide * high;
  }, 0);
}

function outside({ left, top, right, bottom }, width, height) {
  return left < 0 || top < 0 || right > width || bottom > height ? 1e6 : 0;
}
