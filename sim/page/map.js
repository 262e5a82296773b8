// The map: places and roads, who holds what, how the units stand; one run, or all of them.

import { indexAt, moment } from "./clock.js";
import { set, svg } from "./elements.js";
import { placed } from "./labels.js";
import { CUT, ROLES, STATES, around, looks } from "./marks.js";
import { counted, fixed } from "./numbers.js";

const MARGIN = 34;
const SHADES = 5; // of the share of runs in which a place is lost
const LONG = 18; // letters; a longer name is cut at its first "and"
const ROOM = 15; // pixels around a place that its units take

/** A map `width` pixels wide. `draw(picture)` takes a version, `move(hour, mode)` a moment; "run" or "all". */
export function mapView(figure, { ground, clock }, { width = 560, small = false } = {}) {
  const plane = projected(ground, width);
  const viewBox = `0 0 ${width} ${plane.height}`;
  const root = svg("svg", { viewBox, role: "img", "aria-label": "", class: small ? "map small" : "map" });
  const roads = ground.roads.map(([a, b]) => roadOf(plane.at[a], plane.at[b]));
  const units = ground.units.map((unit) => svg("path", {}, small ? null : svg("title", {}, unit.name)));
  const places = ground.places.map((place, i) =>
    svg("path", { transform: `translate(${plane.at[i].x} ${plane.at[i].y})` }, svg("title", {}, place.name)),
  );
  for (const [name, nodes] of Object.entries({ roads, units, places })) {
    root.append(svg("g", { class: name }, ...nodes));
  }
  const called = ground.places.map(({ name }) => (name.length > LONG ? name.split(/ and |,| \(/)[0] : name));
  const names = named(root, ground, plane, called, { width, size: small ? 17 : 11, small });
  scaleBar(root, plane, width);
  figure.append(root);

  const parts = { roads, units, places, names, called, root, ground, clock, plane, looks: looks(ground.controllers) };
  let shown = null;
  return {
    draw(picture) {
      shown = picture;
    },
    /** Returns what is to be told of the moment in words. */
    move(hour, mode) {
      return mode === "all" ? drawAll(parts, shown, hour) : drawRun(parts, shown, hour);
    },
  };
}

// -- one run ---------------------------------------------------------------------------------

function drawRun(parts, { lived: { moves, turns, roads: cuts } }, hour) {
  const { roads, units, places, names, called, root, ground, clock, plane, looks } = parts;
  const tick = indexAt(clock.ticks, hour);
  const control = new Array(ground.places.length);
  replay(turns, tick, (i) => (control[turns.place[i]] = turns.controller[i]));
  const standing = new Map();
  replay(moves, tick, (i) => standing.set(moves.unit[i], [moves.status[i], moves.place[i]]));

  const lost = ground.places.map((place, i) => ground.controllers[control[i]].id !== place.holder);
  places.forEach((node, i) => {
    const { role } = ground.controllers[control[i]];
    set(node, { d: ROLES[role], class: `${looks[control[i]]}${lost[i] ? " lost" : ""}` });
  });
  const closed = new Set();
  replay(cuts, tick, (i) => closed[cuts.closed[i] ? "add" : "delete"](cuts.road[i]));
  const kinds = drawRoads(roads, ground, lost, closed);
  names.forEach((name, i) => name && (name.textContent = called[i]));

  const counts = STATES.map(() => 0);
  const here = new Map();
  const rank = (unit) => stateOf(ground, standing.get(unit.row)[0]);
  const order = ground.units.map((unit, i) => ({ i, unit, state: rank(unit) }));
  order.sort((a, b) => a.state - b.state || a.i - b.i);
  for (const { i, unit, state } of order) {
    const node = units[i];
    if (state < 0) {
      set(node, { class: "absent", d: null });
      continue;
    }
    const place = standing.get(unit.row)[1];
    const turn = here.get(place) ?? 0;
    here.set(place, turn + 1);
    counts[state] += 1;
    const [dx, dy] = around(turn);
    const spot = plane.at[place];
    const at = `translate(${(spot.x + dx).toFixed(1)} ${(spot.y + dy).toFixed(1)})`;
    set(node, { d: STATES[state].d, class: STATES[state].name, transform: at });
  }
  const words = STATES.map(({ label }, s) => `${counts[s]} ${label}`).filter((_, s) => counts[s] > 0 || s === 0);
  const text = `${counted(lost.filter(Boolean).length, "place")} lost; units: ${words.join(", ")}`;
  set(root, { "aria-label": `Map of one run, ${moment(clock.start, hour)}. ${text}.` });
  return { text, counts, roads: kinds };
}

/** Calls `apply` with the index of every change up to `tick`; they are in order of tick. */
function replay(changes, tick, apply) {
  for (let i = 0; i < changes.tick.length && changes.tick[i] <= tick; i += 1) apply(i);
}

function stateOf(ground, status) {
  return STATES.findIndex(({ statuses }) => statuses.includes(ground.statuses[status]));
}

// -- all runs --------------------------------------------------------------------------------

function drawAll({ roads, units, places, names, called, root, ground, clock }, { lost }, hour) {
  const at = indexAt(clock.hours, hour);
  const share = ground.places.map((_, i) => lost[i * clock.hours.length + at]);
  const roles = new Map(ground.controllers.map(({ id, role }) => [id, role]));
  const neutral = ground.places.map(({ holder }) => roles.get(holder) !== "host");
  places.forEach((node, i) => {
    const shade = share[i] === 0 ? 0 : Math.min(SHADES, 1 + Math.floor(share[i] * SHADES * 0.999));
    set(node, { d: neutral[i] ? ROLES.neutral : ROLES.host, class: neutral[i] ? "neutral turn0" : `shade${shade}` });
  });
  const kinds = drawRoads(roads, ground, share.map((each, i) => !neutral[i] && each > 0.5), new Set());
  units.forEach((node) => set(node, { class: "absent", d: null }));
  names.forEach((name, i) => {
    const told = neutral[i] ? "" : ` ${fixed(100 * share[i], 0)}`;
    if (name) name.textContent = `${called[i]}${told}`;
  });
  const likely = share.filter((each, i) => !neutral[i] && each > 0.5).length;
  const text = `${counted(likely, "place")} lost in more than 50 of 100 runs`;
  set(root, { "aria-label": `Map of all runs, ${moment(clock.start, hour)}. ${text}.` });
  return { text, counts: null, roads: kinds };
}

// -- what does not move ----------------------------------------------------------------------

/** Roads that are cut, links by air, and other roads by what lies at their ends. Returns the kinds that there are. */
function drawRoads(roads, ground, lost, closed) {
  const kinds = new Set();
  roads.forEach((node, i) => {
    const [a, b] = ground.roads[i].map((end) => lost[end]);
    const front = a === b ? (a ? "lost" : "held") : "front";
    const kind = ground.air.includes(i) ? "air" : front;
    const name = closed.has(i) ? `${kind} cut` : kind;
    for (const each of name.split(" ")) kinds.add(each);
    set(node, { class: name });
  });
  return kinds;
}

/** A road, and across its middle the bars that show when it is cut. */
function roadOf(from, to) {
  const middle = { x: rounded((from.x + to.x) / 2), y: rounded((from.y + to.y) / 2) };
  const turn = rounded((Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI);
  const line = svg("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y });
  const bars = svg("path", { d: CUT, transform: `translate(${middle.x} ${middle.y}) rotate(${turn})` });
  return svg("g", {}, line, bars);
}

/** Places in pixels, and how many pixels a kilometre has. */
function projected({ places }, width) {
  const xs = places.map(({ x }) => x);
  const ys = places.map(({ y }) => y);
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const wide = Math.max(right - left, 1);
  const tall = high - low;
  const scale = Math.min((width - 2 * MARGIN) / wide, (width - 2 * MARGIN) / Math.max(tall, 1));
  const height = Math.round(Math.max(tall * scale + 2 * MARGIN, width * 0.5));
  const spare = { x: (width - wide * scale) / 2, y: (height - tall * scale) / 2 };
  const placeAt = ({ x, y }) => ({ x: spare.x + (x - left) * scale, y: spare.y + (high - y) * scale });
  const at = places.map(placeAt).map(({ x, y }) => ({ x: rounded(x), y: rounded(y) }));
  return { at, scale, height };
}

function rounded(value) {
  return Math.round(value * 10) / 10;
}

/** The names; on a small map only those that matter. */
function named(root, ground, plane, called, { width, size, small }) {
  const host = ground.controllers.find(({ role }) => role === "host")?.id;
  const crowd = ground.places.map((_, i) => ground.units.filter((unit) => unit.place === i).length);
  const spots = ground.places.map((place, i) => ({
    ...plane.at[i],
    radius: crowd[i] ? ROOM : 8,
    name: place.holder === host ? `${called[i]} 100` : called[i], // with room for a number
    major: place.major,
  }));
  const where = placed(spots, { width, height: plane.height, size });
  const group = svg("g", { class: "names", "font-size": size });
  const nodes = where.map((at, i) => {
    if (!at || (small && !spots[i].major)) return null;
    const rank = spots[i].major ? "major" : "minor";
    const node = svg("text", { x: rounded(at.x), y: rounded(at.y), "text-anchor": at.anchor, class: rank });
    group.append(node);
    return node;
  });
  root.append(group);
  return nodes;
}

/** A bar of 1, 2 or 5 times a power of ten kilometres, about a fifth of the map. */
function scaleBar(root, { scale, height }, width) {
  const power = 10 ** Math.floor(Math.log10(width / 5 / scale));
  const km = [5, 2, 1].map((each) => each * power).find((each) => each * scale <= width / 5) ?? power;
  const right = width - 12;
  const y = height - 10;
  const middle = { x: right - (km * scale) / 2, y: y - 7, "text-anchor": "middle" };
  root.append(
    svg("path", { class: "scale", d: `M${(right - km * scale).toFixed(1)} ${y - 4}v4H${right}v-4` }),
    svg("text", { class: "scale", "font-size": 11, ...middle }, `${km} km`),
  );
}
