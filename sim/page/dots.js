// When each version collapses, as dots: each stands for as many runs as the others.

import { frame } from "./axes.js";
import { set, svg } from "./elements.js";
import { dayOf } from "./numbers.js";

const RADIUS = 4.2;
const COLUMNS = 40;
const MANY = 20; // dots in a row
const LEAST = 5; // columns beside the axis, for runs that do not collapse
const [TOP, BOTTOM] = [14, 32];
const NAME = 10; // pixels of a row, for the name above its dots
const GAP = 4; // to the next row

/** Two rows of dots: the baseline, and this version. A mark below shows the run that is told, if one is. */
export function dotsChart(figure, { clock, width }, [base, ours] = ["baseline", "this version"]) {
  const chart = dotRows(figure, { clock, width }, [["", base], ["ours", ours]], 166);
  return {
    move() {},
    draw(picture, base) {
      chart.draw([base.dots, picture.dots]);
      chart.mark(picture.lived?.collapse);
      set(chart.root, { "aria-label": described(picture.dots, clock) });
    },
  };
}

/**
 * A row of dots for each [class, name] over one axis of time; `mark(hour)` sets a mark below it.
 * Names stand above their rows, or with `beside` in so many pixels to the left.
 */
export function dotRows(figure, { clock, width: wide }, names, height, beside = null) {
  const each = (height - TOP - BOTTOM) / names.length;
  const high = each - GAP;
  const aside = Math.max(LEAST, Math.ceil(MANY / Math.max(1, Math.floor(high / (2 * RADIUS)))));
  const edges = { top: TOP, bottom: BOTTOM, left: beside ?? undefined, right: 8 + (aside + 1) * 2 * RADIUS };
  const chart = frame(figure, { width: wide, height, horizon: clock.shown, label: "", ...edges });
  const { root, box, width } = chart;
  const room = { columns: COLUMNS, aside, radius: RADIUS, tall: beside === null ? high - NAME : high, high };
  const rows = names.map(([kind, name], i) => {
    const ground = box.top + each * (i + 1) - 2;
    const at = beside === null ? { x: box.left, y: ground - each + 11 } : { x: 2, y: ground };
    const text = svg("text", { class: "name", ...at }, name);
    const dots = svg("g", { class: `dots ${kind}` });
    root.append(text, dots);
    return { ground, dots };
  });
  const edge = box.right + RADIUS;
  root.append(svg("line", { class: "base", x1: edge, x2: edge, y1: box.top, y2: box.bottom }));
  root.append(svg("text", { class: "name", x: width - 2, y: box.bottom + 15, "text-anchor": "end" }, "holds"));
  const own = svg("path", { class: "mark" });
  root.append(own);
  return {
    root,
    draw(all) {
      all.forEach((hours, i) => stack(rows[i].dots, piled(chart, hours, { ...room, ground: rows[i].ground })));
    },
    mark(hour) {
      if (hour === undefined) return set(own, { d: null });
      const at = hour === null ? box.right + 3 * RADIUS : chart.x(hour);
      set(own, { d: `M${at.toFixed(1)} ${box.bottom + 1}l-4 7h8z` });
    },
  };
}

/**
 * Where the dots of a row lie on its ground: in columns by their hours, and beside the axis those that do not collapse.
 * What would grow higher than there is room for (columns `tall`, dots beside the axis `high`) is pressed together.
 */
export function piled({ x, box }, hours, { ground, columns, aside, radius, tall, high }) {
  const width = (box.right - box.left) / columns;
  const columnOf = (hour) => Math.min(columns - 1, Math.max(0, Math.ceil((x(hour) - box.left) / width - 1e-9) - 1));
  const heights = new Map();
  const turns = hours.map((hour) => {
    const column = hour === null ? columns : columnOf(hour);
    const turn = heights.get(column) ?? 0;
    heights.set(column, turn + 1);
    return { column, turn };
  });
  const rows = Math.ceil((heights.get(columns) ?? 0) / aside);
  heights.delete(columns);
  const apart = (many, room) => Math.min(2 * radius, (room - 2 * radius) / Math.max(1, many - 1));
  const [up, upAside] = [apart(Math.max(1, ...heights.values()), tall), apart(rows, high)];
  return turns.map(({ column, turn }) => column === columns
    ? { cx: box.right + radius * (3 + 2 * (turn % aside)), cy: ground - radius - Math.floor(turn / aside) * upAside,
      never: true }
    : { cx: box.left + (column + 0.5) * width, cy: ground - radius - turn * up, never: false });
}

function stack(dots, spots) {
  while (dots.childElementCount < spots.length) dots.append(svg("circle", { r: RADIUS - 0.4 }));
  spots.forEach(({ cx, cy, never }, i) => {
    set(dots.children[i], { cx: cx.toFixed(1), cy: cy.toFixed(1), class: never ? "never" : null });
  });
}

function described(hours, clock) {
  const each = 100 / hours.length;
  const never = hours.filter((hour) => hour === null).length * each;
  const known = hours.filter((hour) => hour !== null);
  const when = known.length ? `from day ${dayOf(known[0])} to day ${dayOf(known[known.length - 1])}` : "never";
  const beyond = `about ${never} of 100 hold beyond day ${clock.horizon / 24}`;
  return `When this version collapses; each dot is ${each} of 100 runs: ${when}; ${beyond}.`;
}
